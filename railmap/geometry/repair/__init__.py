"""Repair the graph: prune the skeleton, finish ends, bridge gaps, restore lost junctions."""
