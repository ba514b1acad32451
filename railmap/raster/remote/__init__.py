"""Images that are no files: map services (XYZ, WMTS, WMS) and catalogues (STAC)."""
