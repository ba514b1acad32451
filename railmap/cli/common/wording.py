"""Options and calls that an error names, as words of the command line."""

from __future__ import annotations

import re
import shlex

from railmap.errors import Call, Option

__all__ = ["command_words", "flag_of"]

# Flags whose name is not that of the Python parameter.
_FLAGS = {
    "close_radius": "--close",
    "events_crs": "--crs",
    "heading_deg": "--heading",
    "max_gradient_permille": "--max-gradient",
    "open_radius": "--open",
    "posts_crs": "--crs",
    "row_mm": "--row-mm",
    "start": "--from",
    "survey_date": "--date",
    "tracks": "--to",
}
_UNIT = re.compile(r"_(m|mm|mm2|s|deg)$")
# Commands of functions, and the parameters that are arguments rather than options.
_COMMANDS = {"attach": ("attach", ("events",))}


def flag_of(name: str) -> str:
    """Return the flag of a Python parameter: ``max_distance_m`` is ``--max-distance``."""
    return _FLAGS.get(name) or "--" + _UNIT.sub("", name).replace("_", "-")


def command_words(part: Option | Call) -> str:
    """Return an option as its flag with its value, a call as its command line."""
    if isinstance(part, Option):
        return _option(part.name, part.value)
    command, arguments = _COMMANDS[part.function]
    words = [shlex.quote(str(part.arguments[name])) for name in arguments]
    words += [_option(name, v) for name, v in part.arguments.items() if name not in arguments]
    return " ".join(["railmap", command, *words])


def _option(name: str, value: object) -> str:
    flag = flag_of(name)
    if value is None or value is True:
        return flag
    if value is False:
        return flag.replace("--", "--no-", 1)
    return f"{flag} {shlex.quote(str(value))}"
