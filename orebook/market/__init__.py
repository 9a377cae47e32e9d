"""Prices of the market: published files, conversion into the book, parities."""
