"""How layers are drawn: rules, symbols, QGIS styles."""
