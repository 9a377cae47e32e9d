"""Advice for a unit or workshop: cost against an index, with the customer's needs met."""
