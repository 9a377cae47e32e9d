"""Tuning: a plant fits its own constants to its closed months."""
