"""GeoPackage files: tables, blobs, R-trees, reference systems."""
