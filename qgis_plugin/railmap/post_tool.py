"""The map tool "Kilometre posts": a click on a track, and the kilometre is typed."""

from __future__ import annotations

from functools import partial

from .i18n import later
from .map_tool import RailmapTool
from .post_adding import PostAdding
from .post_dialog import ask_for_post


class PostTool(RailmapTool):
    """Each click asks for a kilometre; Esc drops, U takes back."""

    TITLE = later("Add kilometre posts by clicks")

    def __init__(self, iface) -> None:
        question = partial(ask_for_post, parent=iface.mainWindow())
        super().__init__(iface, PostAdding(iface.mapCanvas(), question))
