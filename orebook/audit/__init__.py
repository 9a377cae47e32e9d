"""Acts kept for good, and the proof that every published number follows from them."""
