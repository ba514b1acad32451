"""The command `railmap`: one command a file."""
