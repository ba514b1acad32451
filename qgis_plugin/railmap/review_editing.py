"""Edit the track of an entry in QGIS, and notice when the edits are saved."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal


class ReviewEditing(QObject):
    """Follows one layer that is edited for the entry under review."""

    saved = pyqtSignal()

    def __init__(self, iface) -> None:
        super().__init__()
        self.iface = iface
        self.layer = None

    def begin(self, layer, entry) -> bool:
        """Select the track, start editing with the vertex tool; False if it cannot be edited."""
        self.leave()
        if not layer.isEditable() and not layer.startEditing():
            return False
        layer.removeSelection()
        if entry.link_id:
            text = entry.link_id.replace("'", "''")
            layer.selectByExpression(f"\"link_id\" = '{text}'")
        self.layer = layer
        layer.afterCommitChanges.connect(self._commit)
        layer.willBeDeleted.connect(self._forget)
        self.iface.setActiveLayer(layer)
        self.iface.actionVertexToolActiveLayer().trigger()
        return True

    def leave(self) -> None:
        """Follow the layer no longer; its edits stay as they are."""
        if self.layer is not None:
            self.layer.afterCommitChanges.disconnect(self._commit)
            self.layer.willBeDeleted.disconnect(self._forget)
            self.layer = None

    def _commit(self) -> None:
        self.leave()
        self.saved.emit()

    def _forget(self) -> None:
        self.layer = None
