"""The monthly statement of every centre and the other views of the same postings."""
