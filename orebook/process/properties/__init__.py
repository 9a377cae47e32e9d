"""Properties of matter: steam and water, liquor, coal."""
