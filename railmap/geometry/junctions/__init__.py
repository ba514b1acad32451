"""Junctions: replace the forks of the skeleton by turnouts, crossings and slips."""
