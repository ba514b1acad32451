"""Morphology of packed masks: opening and closing with a square or a disc."""
