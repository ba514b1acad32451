"""Train the model that judges whether a piece of line is track."""
