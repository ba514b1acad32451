"""The kinds of parameters: what QGIS asks, and what it becomes on the engine's command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from .i18n import tr

_NUMBER = QgsProcessingParameterNumber.Type


@dataclass
class Call:
    """One run: who asks for its parameters, and a folder for what has to be exported."""

    algorithm: object
    parameters: dict
    context: object
    scratch: Path


@dataclass(frozen=True)
class Parameter:
    """A parameter; `label` and `help` are texts to translate, `flag` is the engine's option."""

    name: str
    label: str
    help: str = ""
    flag: str = ""
    optional: bool = False
    advanced: bool = False

    def define(self) -> list:
        """Make QGIS's definitions of it."""
        definition = self.make(tr(self.label))
        definition.setHelp(tr(self.help))
        if self.advanced:
            advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            definition.setFlags(definition.flags() | advanced)
        return [definition]

    def make(self, label: str):
        """Make QGIS's definition, without help and flags."""
        raise NotImplementedError

    def arguments(self, call: Call) -> list[str]:
        """Give its part of the command line."""
        value = self.value(call)
        if value in (None, ""):
            return []
        return [self.flag, str(value)] if self.flag else [str(value)]

    def value(self, call: Call):
        """Give what the user chose; None for nothing."""
        raise NotImplementedError

    def given(self, call: Call) -> bool:
        """Return whether there is a value or a default."""
        value = call.parameters.get(self.name)
        if value is None:
            value = call.algorithm.parameterDefinition(self.name).defaultValue()
        return value is not None and value != ""


@dataclass(frozen=True)
class Number(Parameter):
    """A number within limits."""

    default: object = None
    minimum: float = 0.0
    maximum: float = 1e9
    whole: bool = False

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterNumber(
            self.name,
            label,
            _NUMBER.Integer if self.whole else _NUMBER.Double,
            self.default,
            self.optional,
            self.minimum,
            self.maximum,
        )

    def value(self, call):  # noqa: D102
        if not self.given(call):
            return None
        if self.whole:
            return call.algorithm.parameterAsInt(call.parameters, self.name, call.context)
        number = call.algorithm.parameterAsDouble(call.parameters, self.name, call.context)
        return f"{number:.12g}"


@dataclass(frozen=True)
class Choice(Parameter):
    """One of the engine's own words."""

    options: tuple[str, ...] = ()

    def make(self, label):  # noqa: D102
        first = None if self.optional else self.options[0]
        return QgsProcessingParameterEnum(
            self.name, label, list(self.options), False, first, self.optional, True
        )

    def value(self, call):  # noqa: D102
        if not self.given(call):
            return None
        return call.algorithm.parameterAsEnumString(call.parameters, self.name, call.context)


@dataclass(frozen=True)
class Switch(Parameter):
    """On or off: the flag is there or not."""

    default: bool = False

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterBoolean(self.name, label, self.default, self.optional)

    def arguments(self, call):  # noqa: D102
        on = call.algorithm.parameterAsBoolean(call.parameters, self.name, call.context)
        return [self.flag] if on else []


class Text(Parameter):
    """A line of text."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterString(self.name, label, None, False, self.optional)

    def value(self, call):  # noqa: D102
        return call.algorithm.parameterAsString(call.parameters, self.name, call.context).strip()


class Texts(Text):
    """Several texts, separated by semicolons: the option is repeated."""

    def arguments(self, call):  # noqa: D102
        texts = (text.strip() for text in self.value(call).split(";"))
        return [word for text in texts if text for word in (self.flag, text)]


@dataclass(frozen=True)
class File(Parameter):
    """A file or folder that is no layer."""

    extension: str = ""
    folder: bool = False

    def make(self, label):  # noqa: D102
        kinds = QgsProcessingParameterFile.Behavior
        kind = kinds.Folder if self.folder else kinds.File
        return QgsProcessingParameterFile(
            self.name, label, kind, self.extension, None, self.optional
        )

    def value(self, call):  # noqa: D102
        path = call.algorithm.parameterAsFile(call.parameters, self.name, call.context)
        # The engine runs in another folder.
        return os.path.abspath(path) if path and os.path.exists(path) else path
