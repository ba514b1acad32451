"""Linear referencing: lines through the network, kilometre posts, chainage to place and back."""
