"""The smelter: potlines; anode plant and casthouse stand as recipes."""
