"""The message that offers to set up the engine, in a real message bar; it goes with the engine."""

import os
import sys

from iface import Iface, wait
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QUrl
from start import answer, plugin

engine = sys.argv[1]
out = {}
iface = Iface()
iface.bar = QgsMessageBar(iface.window)
plugin.unload()  # start.py has loaded it without a window
plugin.iface = iface
plugin.initGui()
wait(seconds=0.1)
out["offered"] = len(iface.bar.items())
plugin._withdraw_offer()
out["without engine"] = len(iface.bar.items())
os.environ["RAILMAP_EXECUTABLE"] = engine
plugin._withdraw_offer()
wait(seconds=0.3)
out["with engine"] = [len(iface.bar.items()), plugin.offer is None]
plugin._withdraw_offer()  # again, as after another visit of the dialog

# Every algorithm and dialog leads to the page that comes with the plugin.
pages = {algorithm.helpUrl() for algorithm in plugin.provider.algorithms() if algorithm.helpUrl()}
out["help"] = [[os.path.isfile(QUrl(page).toLocalFile()), QUrl(page).fragment()] for page in pages]
plugin.unload()
answer(out)
