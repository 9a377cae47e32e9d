"""Ore handling: berth, conveyor; stope, washing and yard follow as recipes."""
