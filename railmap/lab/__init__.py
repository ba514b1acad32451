"""The papers' experiments: their tables made anew, with their numbers beside ours."""
