"""Segment defects in one image: find the rail head, run the network, outline regions."""
