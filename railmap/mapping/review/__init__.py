"""Review of the doubtful tracks and issues of a map: list, decisions, labels, service."""
