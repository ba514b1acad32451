"""Exchange formats: GeoJSON, OSM, DXF, LandXML, CSV, QGIS project."""
