"""The families of columns and rows a plan is assembled from, one file per part."""
