"""Reward: schemes as data, settlement to the cent, every yuan explained."""
