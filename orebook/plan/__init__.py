"""Calculate first: the chain as a sparse linear problem, its plan and its prices."""
