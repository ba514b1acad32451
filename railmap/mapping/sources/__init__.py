"""Where events come from: tables, vector files, photos with GPS."""
