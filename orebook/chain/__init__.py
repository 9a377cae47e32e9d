"""What the group is: materials, units, stores, routes, markets, centres, calendar."""
