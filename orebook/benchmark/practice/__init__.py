"""Own best practice: found without luck, tried, followed up, kept or dropped."""
