"""Commands that have a file of their own; the group takes them in by name."""
