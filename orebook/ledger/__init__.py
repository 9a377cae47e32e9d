"""Calculate while doing: what really happened, once all meters are made to agree."""
