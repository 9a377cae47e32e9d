"""The lab: replay schemes on history, and try to game them."""
