"""Add kilometre posts by clicks: what is asked of the user and of the engine."""

from __future__ import annotations

from qgis.core import QgsProject

from .i18n import tr
from .map_work import MapWork
from .results import refresh_map


class PostAdding(MapWork):
    """One post after the other, in one map.

    Parameters
    ----------
    canvas
        Where the clicked place is shown.
    question
        Called with the lines at the place; gives line_id and kilometre, or None.
    """

    def __init__(self, canvas, question) -> None:
        super().__init__(canvas)
        self.question = question
        self.place = None

    def click(self, point) -> None:
        """Take the place of a post, and ask the engine which lines are there."""
        if not self.path:
            self.choose_map(None)
        if not self.path or self.is_busy():
            return
        places = self.in_map([point])
        if places is not None and self.is_ready():
            self.place = places[0]
            self.mark(point)
            self.engine.ask("lines", point=self.place)

    def drop_all(self) -> None:
        """Drop the place."""
        super().drop_all()
        self.place = None

    def answered(self, answer: dict) -> None:
        """Ask for the kilometre, or show what was stored."""
        if answer["do"] == "lines" and self.place is not None:
            place, typed = self.place, self.question(answer["lines"])
            if typed is None:
                self.drop_all()
            elif self.engine is not None and self.is_ready():
                self.engine.ask("post", line_id=typed[0], point=place, text=typed[1])
        elif answer["do"] == "post":
            self.drop_all()
            refresh_map(self.path, QgsProject.instance())
            self._tell(answer)
        elif answer["do"] == "undo":
            refresh_map(self.path, QgsProject.instance())
            self.told.emit(tr("The last post is taken back."), True)

    def warn(self, text: str) -> None:
        """Say what is wrong; the place is dropped."""
        self.drop_all()
        super().warn(text)

    def _tell(self, answer: dict) -> None:
        text = tr(
            "Post {text} added. Line {line}: km {start} to {end}, number of posts: {posts}. "
            "U takes it back."
        )
        ends = {key: f"{answer[f'{name}_m'] / 1000:.3f}" for key, name in _ENDS}
        told = text.format(text=answer["text"], line=answer["title"], posts=answer["posts"], **ends)
        self.told.emit(" ".join([told, *answer["remarks"]]), not answer["remarks"])


_ENDS = (("start", "from"), ("end", "to"))
