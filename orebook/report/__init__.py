"""Reports of a month: one self-contained page and one workbook, with the same figures."""
