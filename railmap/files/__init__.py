"""Files as the user meets them: inputs checked first, outputs whole or not at all."""
