"""Quality pools in the plan of a group: mixed materials whose quality is chosen."""
