"""Evaluate: the internal market and the exact account of why profit moved."""
