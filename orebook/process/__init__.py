"""How each kind of unit works: physics as pure functions, one file per kind."""
