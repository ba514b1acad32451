"""Growth of defects over several surveys, as a table and a picture."""
