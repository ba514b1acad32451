"""The web map: tiles, style, page."""
