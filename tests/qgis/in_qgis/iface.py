"""What the plugin needs of the QGIS window, without QGIS's own."""

import time

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QMainWindow
from start import application, plugin


class Bar:
    """Keeps what is said in the message bar."""

    def __init__(self):
        self.said = []

    def pushMessage(self, title, text, level, duration):
        self.said.append(text)

    def take(self):
        said, self.said = self.said, []
        return said


class Iface(QObject):
    """What the panel needs of the QGIS window."""

    def __init__(self):
        super().__init__()
        self.window, self.bar, self.vertex = QMainWindow(), Bar(), 0
        self.canvas = QgsMapCanvas(self.window)
        self.window.setCentralWidget(self.canvas)
        self.menu, self.tools = [], []
        self.active = None
        self.window.resize(900, 700)
        self.window.show()

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def messageBar(self):
        return self.bar

    def addPluginToMenu(self, menu, action):
        self.menu.append(action.text())

    def removePluginMenu(self, menu, action):
        self.menu.remove(action.text())

    def addToolBarIcon(self, action):
        self.tools.append(action.text())

    def removeToolBarIcon(self, action):
        self.tools.remove(action.text())

    def addDockWidget(self, area, dock):
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)

    def setActiveLayer(self, layer):
        self.active = layer

    def activeLayer(self):
        return self.active

    def actionVertexToolActiveLayer(self):
        return self

    def trigger(self):
        self.vertex += 1


def wait(until=lambda: False, seconds=60):
    """Let the window work until that is so."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.02)
    return until()


def start_with_window():
    """Load the plugin into a window; start.py has loaded it without one."""
    iface = Iface()
    plugin.unload()
    plugin.iface = iface
    plugin.initGui()
    return iface
