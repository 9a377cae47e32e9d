"""Pooling: the instances and the ladder."""
