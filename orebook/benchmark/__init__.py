"""How far each factor is from its references, in money."""
