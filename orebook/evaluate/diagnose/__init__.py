"""Diagnosis: why the indicators of a month deviate, by factor and by workshop."""
