"""Write a project in another CRS than its map, whose layers are Tracks and Nodes."""

import sys

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
from start import answer

path, file = sys.argv[1:]
project = QgsProject.instance()
for name, table in (("Tracks", "railway_link"), ("Nodes", "railway_node")):
    project.addMapLayer(QgsVectorLayer(f"{path}|layername={table}", name, "ogr"))
project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
answer(project.write(file))
