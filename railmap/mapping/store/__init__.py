"""Maps on disk: open, read, edit, migrate, describe."""
