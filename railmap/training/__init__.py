"""Training of the track networks on rendered and real pictures."""
