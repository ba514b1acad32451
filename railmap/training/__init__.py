"""Training of the networks: data, recipes, the trainer and what a run leaves."""
