"""What QGIS loads: the provider, the menu entries, the panel, the map tool, the translation."""

from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, Qt, QTranslator
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QPushButton

from .engine import engine_is_named
from .i18n import tr
from .provider import RailmapProvider

try:
    from qgis.PyQt.QtGui import QAction  # Qt 6
except ImportError:
    from qgis.PyQt.QtWidgets import QAction

HERE = Path(__file__).resolve().parent
MENU = "Railmap"


class RailmapPlugin:
    """The plugin; without a window (`qgis_process`) `iface` is None."""

    def __init__(self, iface) -> None:
        self.iface = iface
        self.provider = None
        self.action = None
        self.review_action = None
        self.panel = None
        self.tool_actions: list = []
        self.tools: dict = {}
        self.offer = None
        self.translator = _install_translator()

    def initProcessing(self) -> None:
        """Register the algorithms; all that `qgis_process` needs."""
        self.provider = RailmapProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)
        self.provider.refreshAlgorithms()

    def initGui(self) -> None:
        """Register the algorithms and the menu entry."""
        self.initProcessing()
        icon = QIcon(str(HERE / "icon.svg"))
        self.action = QAction(icon, tr("Set up the engine…"), self.iface.mainWindow())
        self.action.setObjectName("railmapSetUpEngine")
        self.action.triggered.connect(self.set_up)
        self.iface.addPluginToMenu(MENU, self.action)
        review_icon = QIcon(str(HERE / "icon_review.svg"))
        self.review_action = QAction(review_icon, tr("Review map"), self.iface.mainWindow())
        self.review_action.setObjectName("railmapReviewMap")
        self.review_action.triggered.connect(self.review)
        self.iface.addPluginToMenu(MENU, self.review_action)
        self.iface.addToolBarIcon(self.review_action)
        self._add_tool("Track", tr("Digitise track"))
        self._add_tool("Post", tr("Add kilometre posts by clicks"))
        if not engine_is_named():
            self._offer()

    def _add_tool(self, name: str, title: str) -> None:
        """Add the action that starts a map tool."""
        icon = QIcon(str(HERE / f"icon_{name.lower()}.svg"))
        action = QAction(icon, title, self.iface.mainWindow())
        action.setObjectName(f"railmapDigitise{name}")
        action.setCheckable(True)
        action.triggered.connect(lambda: self.digitise(name))
        self.iface.addPluginToMenu(MENU, action)
        self.iface.addToolBarIcon(action)
        self.tool_actions.append(action)

    def _offer(self) -> None:
        """Report at the top of the window what is missing, with the button that installs it."""
        bar = self.iface.messageBar()
        note = bar.createMessage("Railmap", tr("The railmap engine is not set up yet."))
        button = QPushButton(tr("Set up the engine…"), note)
        button.clicked.connect(self.set_up)
        note.layout().addWidget(button)
        self.offer = bar.pushWidget(note, Qgis.MessageLevel.Info)
        self.offer.destroyed.connect(self._offer_gone)

    def _offer_gone(self) -> None:
        self.offer = None

    def _withdraw_offer(self) -> None:
        """Take the message away once there is an engine."""
        if self.offer is not None and engine_is_named():
            offer, self.offer = self.offer, None
            self.iface.messageBar().popWidget(offer)

    def unload(self) -> None:
        """Take everything back."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.panel is not None:
            self.panel.unload()
            self.panel = None
        for tool in self.tools.values():
            tool.unload()
        self.tools = {}
        for action in (self.review_action, *self.tool_actions):
            if action is not None:
                self.iface.removeToolBarIcon(action)
        for action in (self.action, self.review_action, *self.tool_actions):
            if action is not None:
                self.iface.removePluginMenu(MENU, action)
                action.deleteLater()
        self.action = self.review_action = None
        self.tool_actions = []
        if self.translator is not None:
            QCoreApplication.removeTranslator(self.translator)

    def review(self) -> None:
        """Open the panel that goes through doubtful tracks and issues."""
        from .review_panel import ReviewPanel

        if self.panel is None:
            self.panel = ReviewPanel(self.iface)
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.panel.show()
        self.panel.raise_()

    def digitise(self, name: str) -> None:
        """Start the map tool that draws a track by two clicks, or the one that adds posts."""
        from .post_tool import PostTool
        from .track_tool import TrackTool

        if name not in self.tools:
            tool = {"Track": TrackTool, "Post": PostTool}[name](self.iface)
            actions = {action.objectName(): action for action in self.tool_actions}
            tool.setAction(actions[f"railmapDigitise{name}"])
            self.tools[name] = tool
        self.iface.mapCanvas().setMapTool(self.tools[name])

    def set_up(self) -> None:
        """Open the dialog that finds or installs the engine."""
        from .setup_dialog import SetupDialog

        dialog = SetupDialog(self.iface.mainWindow())
        dialog.exec()
        self._withdraw_offer()


def _install_translator():
    settings = QgsSettings()
    name = QLocale().name()
    if settings.value("locale/overrideFlag", False, type=bool):
        name = settings.value("locale/userLocale", name) or name
    for candidate in (name, name.split("_")[0]):
        file = HERE / "i18n" / f"railmap_{candidate}.qm"
        if file.is_file():
            translator = QTranslator()
            if translator.load(str(file)):
                QCoreApplication.installTranslator(translator)
                return translator
    return None
