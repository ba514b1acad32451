"""Alignments of a map, which several formats write: elements, stations, vertical parts."""
