"""The workflow of schemes and settlements: who may do what, when, and what is next."""
