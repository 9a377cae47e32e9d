"""Reports of a month: one self-contained page and one workbook, the same figures."""
