"""Advice for a unit or workshop: cost against an index, customers served."""
