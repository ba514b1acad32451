"""Base of every algorithm: parameters to a command line, its progress to QGIS."""

from __future__ import annotations

import contextlib
import html
import shutil
import tempfile
from pathlib import Path

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
)

from .engine import EngineError, find_engine, judge_version
from .help import help_url
from .i18n import later, tr
from .layer_parameters import Image
from .outputs import MapOutput, Output
from .parameters import Call
from .process import run_engine
from .results import group_name, groups_of, load_map, load_more, refresher

MAP_GROUP = ("map", later("Create the map"))
USE_GROUP = ("use", later("Use the map"))
PLACE_GROUP = ("places", later("Chainage, defects and scenes"))


class RailmapAlgorithm(QgsProcessingAlgorithm):
    """A subclass defines its name, the command that it runs and the parameters."""

    ID = ""
    TITLE = ""
    GROUP = MAP_GROUP
    HELP = ""
    TAGS = ""
    COMMAND = ""
    PARAMETERS: tuple = ()
    # The parameter that is a map which the command changes in place; it is the output too where
    # there is no other.
    CHANGES = ""
    # Whether the command replaces outputs that exist, for QGIS has asked already.
    REPLACES = True
    # Parameters of which exactly one is needed.
    ONE_OF: tuple = ()
    # Stage of the engine -> part of the bar, per cent; others leave the bar where it is.
    STAGES: dict = {}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._refusal = None
        self._arguments: list = []
        self._outputs: dict = {}
        self._changed = ""
        self._groups: dict = {}
        self._image = ""
        self._outcome = None
        self._scratch = None

    def createInstance(self):  # noqa: D102
        return type(self)()

    def name(self) -> str:  # noqa: D102
        return self.ID

    def displayName(self) -> str:  # noqa: D102
        return tr(self.TITLE)

    def group(self) -> str:  # noqa: D102
        return tr(self.GROUP[1])

    def groupId(self) -> str:  # noqa: D102
        return self.GROUP[0]

    def tags(self) -> list[str]:  # noqa: D102
        return tr(self.TAGS).split(",") if self.TAGS else []

    def shortDescription(self) -> str:  # noqa: D102
        return tr(self.HELP)

    def helpUrl(self) -> str:  # noqa: D102
        return help_url("algorithms").toString()

    def shortHelpString(self) -> str:  # noqa: D102
        lines = [f"<p>{html.escape(tr(self.HELP))}</p>"]
        for definition in self.parameterDefinitions():
            if definition.help():
                title = html.escape(definition.description())
                lines.append(f"<p><b>{title}</b><br>{html.escape(definition.help())}</p>")
        return "".join(lines)

    def initAlgorithm(self, configuration=None) -> None:  # noqa: D102
        for parameter in self.PARAMETERS:
            for definition in parameter.define():
                self.addParameter(definition)
        if self.CHANGES and self.parameterDefinition("OUTPUT") is None:
            self.addOutput(QgsProcessingOutputVectorLayer("OUTPUT", tr("Map")))
        self.addOutput(QgsProcessingOutputString("SUMMARY", tr("Summary")))

    def checkParameterValues(self, parameters, context):  # noqa: D102
        given = [name for name in self.ONE_OF if parameters.get(name) not in (None, "")]
        if self.ONE_OF and len(given) != 1:
            names = [self.parameterDefinition(name).description() for name in self.ONE_OF]
            return False, tr("Give one of these: {names}.").format(names=", ".join(names))
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(self, parameters, context, feedback) -> bool:  # noqa: D102
        # In the main thread, where layers may be accessed. Refusals are reported in
        # processAlgorithm: from there its text reaches the caller of processing.run too.
        self._refusal = self._outcome = None
        self._changed, self._arguments = "", self.COMMAND.split()
        self._groups = groups_of(context.project())
        self._scratch = Path(tempfile.mkdtemp(prefix="railmap-"))
        call = Call(self, parameters, context, self._scratch)
        if isinstance(self.PARAMETERS[0], Image):
            layer = self.parameterAsRasterLayer(parameters, self.PARAMETERS[0].name, context)
            self._image = layer.name() if layer is not None else ""
        try:
            for parameter in self.PARAMETERS:
                if not isinstance(parameter, Output):
                    words = parameter.arguments(call)
                    self._arguments += words
                    if words and parameter.name == self.CHANGES:
                        self._changed = words[-1]
        except QgsProcessingException as error:
            self._refusal = error
        return True

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: D102
        try:
            if self._refusal is not None:
                raise self._refusal
            # Outputs belong to the context of this thread, which has the ones to load.
            self._outputs = {}
            call = Call(self, parameters, context, self._scratch)
            for parameter in self.PARAMETERS:
                words = parameter.arguments(call) if isinstance(parameter, Output) else []
                if words:
                    self._outputs[parameter.name] = (words[-1], parameter)
                    self._arguments += words
            if self._outputs and self.REPLACES:
                self._arguments.append("--overwrite")
            return self._run(parameters, context, feedback)
        finally:
            if self._scratch is not None:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _run(self, parameters, context, feedback) -> dict:
        try:
            engine = find_engine()
            warning = judge_version(engine)
        except EngineError as error:
            raise QgsProcessingException(str(error)) from None
        if warning:
            feedback.pushWarning(warning)
        for path, _ in self._outputs.values():
            with contextlib.suppress(OSError):  # the engine reports the missing folder
                Path(path).parent.mkdir(parents=True, exist_ok=True)
        command = [*engine.command, *self._arguments, "--progress", "json"]
        feedback.pushCommandInfo(" ".join(map(_quoted, command)))
        show = _Feedback(feedback, self.STAGES)
        paths = [*(path for path, _ in self._outputs.values()), self._changed]
        try:
            outcome = run_engine(command, filter(None, paths), show, feedback.isCanceled)
        except OSError as error:
            raise QgsProcessingException(
                tr("The railmap engine cannot be started: {reason}").format(reason=error)
            ) from None
        if outcome.code:
            if outcome.cancelled:
                raise QgsProcessingException(tr("Cancelled; no partial output remains."))
            raise QgsProcessingException(
                outcome.error
                or tr("The railmap engine stopped with code {code}: {last}").format(
                    code=outcome.code, last=show.last_line
                )
            )
        feedback.setProgress(100)
        if outcome.result:
            feedback.pushInfo(outcome.result)
        self._outcome = outcome
        return self.finish(outcome, parameters, context)

    def finish(self, outcome, parameters, context) -> dict:
        """Give the results, and have the map's layers loaded where the user wants that."""
        results = {"SUMMARY": outcome.result}
        if self._changed:
            results["OUTPUT"] = self._changed
            load_more(self._changed, context)
        for name, (path, parameter) in self._outputs.items():
            results[name] = path
            if isinstance(parameter, MapOutput) and context.willLoadLayerOnCompletion(path):
                group = group_name(path, self._image, self._groups, context)
                load_map(path, group, context)
        return results

    def postProcessAlgorithm(self, context, feedback) -> dict:  # noqa: D102
        # Show what was changed in a map that is open. In a model this isn't the main thread.
        if self._changed and self._outcome is not None:
            refresher.wanted.emit(self._changed, context.project())
        return {}


class _Feedback:
    """Turns the engine's events into QGIS's progress and messages."""

    def __init__(self, feedback, stages) -> None:
        self.feedback = feedback
        self.stages = stages
        self.last_line = ""

    def __call__(self, event) -> None:
        kind, text = event["event"], event.get("message", "")
        if kind == "line":
            self.last_line = text
            self.feedback.pushConsoleInfo(text)
        elif kind == "warning":
            self.feedback.pushWarning(text)
        elif kind == "stage":
            self.feedback.setProgressText(event.get("stage", ""))
            self._move(event)
        elif kind == "progress":
            if text:
                self.feedback.pushInfo(text)
            self._move(event)

    def _move(self, event) -> None:
        start, end = self.stages.get(event.get("stage"), (None, None))
        total = event.get("total") or 0
        if start is not None and total > 0:
            part = min(1.0, max(0.0, (event.get("done") or 0) / total))
            self.feedback.setProgress(start + (end - start) * part)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
