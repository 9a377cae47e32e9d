"""Make a true month and the readings its meters would have given, clearly labelled."""
