"""`railmap lab`: the tables of the papers."""
