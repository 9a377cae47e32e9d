"""Many plans instead of one: cases, sweeps, tornado, price paths, two-stage plans."""
