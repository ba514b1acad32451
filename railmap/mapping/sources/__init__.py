"""Read events: tables, vector files, photos with GPS."""
