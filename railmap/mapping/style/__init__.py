"""Style of layers: rules, symbols, QGIS styles."""
