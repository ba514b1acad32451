"""Defects in one image of a rail: find the head, run the network, outline regions."""
