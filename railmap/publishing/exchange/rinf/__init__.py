"""Tracks, sections and switches in the vocabulary of the ERA (RINF) as Turtle; extra ``rinf``."""
