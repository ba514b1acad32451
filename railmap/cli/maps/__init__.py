"""Commands that create, check, compare and hand on maps."""
