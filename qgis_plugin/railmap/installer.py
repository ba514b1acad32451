"""Installs the engine into a private virtual environment; needs no window."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess  # nosec B404 - lists only, never a shell
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsSettings

from .engine import READY, as_command, interpreter_of, plugin_version, private_folder
from .i18n import later, tr
from .identity import QUESTION, OtherProgramError, prove
from .process import run_engine
from .programs import ask, find_program
from .wheel_file import wheel_problem

OLDEST = (3, 11)
REQUIREMENTS = Path(__file__).resolve().parent / "engine-requirements.txt"
_CANCELLED = later("Cancelled; nothing was installed.")
_BEST = (3, 12)
_PROBE = (
    "import sys,struct,platform;print('%d.%d' % sys.version_info[:2], struct.calcsize('P') * 8);"
    "import venv,ensurepip"
)


class InstallError(Exception):
    """The engine could not be installed; the message states the remedy."""


@dataclass(frozen=True)
class Python:
    """An interpreter; `problem` is the reason why it cannot be used, empty if it can."""

    path: str
    version: tuple[int, int]
    problem: str = ""


def find_pythons() -> list[Python]:
    """Look for interpreters; usable ones first, the best-supported version first of all."""
    found: dict[str, Python] = {}
    for path in _candidates():
        real = os.path.normcase(os.path.realpath(path))
        if real not in found:
            python = probe_python(path)
            if python is not None:
                found[real] = python
    return sorted(
        found.values(), key=lambda one: (bool(one.problem), one.version != _BEST, one.version)
    )


def _candidates():
    names = [f"python3.{minor}" for minor in (12, 13, 11, 14)] + ["python3", "python"]
    for name in names:
        path = find_program(name)
        if path and "WindowsApps" not in path:  # a stub that opens the shop
            yield path
    patterns = []
    if sys.platform == "win32":
        for base in ("LOCALAPPDATA", "PROGRAMFILES"):
            root = os.environ.get(base, "")
            patterns += [rf"{root}\Programs\Python\Python3*\python.exe"]
            patterns += [rf"{root}\Python3*\python.exe"]
        patterns += [os.path.join(sys.prefix, "python.exe")]
    elif sys.platform == "darwin":
        patterns += [
            "/Library/Frameworks/Python.framework/Versions/3.*/bin/python3",
            "/opt/homebrew/bin/python3.*[0-9]",
            "/usr/local/bin/python3.*[0-9]",
        ]
    for pattern in patterns:
        yield from sorted(glob.glob(pattern), reverse=True)


def probe_python(path: str):
    """Ask an interpreter for its version; None if it does not answer."""
    try:
        done = ask([path, "-I", "-c", _PROBE], 30)
        version, bits = done.stdout.split()[:2]
        major, minor = (int(part) for part in version.split("."))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    problem = ""
    if (major, minor) < OLDEST:
        problem = tr("older than Python {oldest}").format(oldest="{}.{}".format(*OLDEST))
    elif bits != "64":
        problem = tr("not 64 bit")
    elif done.returncode:
        problem = tr("cannot create environments (on Debian and Ubuntu: install python3-venv)")
    return Python(path, (major, minor), problem)


def proxy_environment() -> dict[str, str]:
    """Give QGIS's proxy settings as pip reads them; empty if none is set."""
    settings = QgsSettings()
    if not settings.value("proxy/proxyEnabled", False, type=bool):
        return {}
    host = settings.value("proxy/proxyHost", "") or ""
    if not host:
        return {}
    user = settings.value("proxy/proxyUser", "") or ""
    password = settings.value("proxy/proxyPassword", "") or ""
    stored = settings.value("proxy/authcfg", "") or ""
    if stored:
        config = QgsAuthMethodConfig()
        QgsApplication.authManager().loadAuthenticationConfig(stored, config, True)
        user, password = config.config("username"), config.config("password")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    port = str(settings.value("proxy/proxyPort", "") or "")
    kind = settings.value("proxy/proxyType", "") or ""
    scheme = "socks5h" if kind == "Socks5Proxy" else "http"
    address = f"{scheme}://{login}{host}{':' + port if port not in ('', '0') else ''}"
    excluded = settings.value("proxy/noProxyUrls", []) or []
    excluded = [excluded] if isinstance(excluded, str) else list(excluded)
    found = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), address)
    if excluded:
        found["NO_PROXY"] = found["no_proxy"] = ",".join(excluded)
    return found


def install(python: str, wheel: str, offline: bool, log, is_cancelled, proxy=None) -> Path:
    """Create the private environment again and install the engine in it.

    Parameters
    ----------
    python
        Interpreter to make it with.
    wheel
        Wheel file of the engine. Its dependencies come from the package index, each in the version
        and with a hash of `REQUIREMENTS`.
    offline
        Take the dependencies from the wheel's folder, nothing from the network.
    log
        Called with each line.
    is_cancelled
        Asked ten times a second.
    proxy
        What `proxy_environment` gave (in the main thread).

    Raises
    ------
    InstallError
        If it fails or is cancelled; a half-made environment is removed.
    """
    problem = wheel_problem(wheel)
    if problem:
        raise InstallError(problem)
    file = Path(wheel).absolute()
    folder = private_folder()
    _remove(folder)  # also what an earlier try may have left
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _step([python, "-I", "-m", "venv", str(folder)], {}, log, is_cancelled)
        inside = str(interpreter_of(folder))
        pip = [inside, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        pip += ["--progress-bar", "off"]
        # Every dependency is the one that was tested, wherever it comes from.
        what = ["--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
        if offline:
            what += ["--no-index", "--find-links", str(file.parent)]
        _step(pip + what, proxy or {}, log, is_cancelled)
        _step([*pip, "--no-index", "--no-deps", str(file)], {}, log, is_cancelled)
        _prove(as_command(inside), file, log)
        if is_cancelled():
            raise InstallError(tr(_CANCELLED))
        (folder / READY).write_text(plugin_version() + "\n", encoding="utf-8")
    except BaseException as error:
        _remove(folder)
        if isinstance(error, OSError):
            raise InstallError(
                tr("{path}: cannot be written or run: {reason}").format(path=folder, reason=error)
            ) from None
        raise
    return folder


def _step(command, extra, log, is_cancelled) -> None:
    log("> " + " ".join(command))
    seen: list[str] = []

    def line(event) -> None:
        seen.append(event.get("message", ""))
        log(seen[-1])

    outcome = run_engine(command, (), line, is_cancelled, extra)
    if outcome.cancelled:
        raise InstallError(tr(_CANCELLED))
    if outcome.code:
        errors = [text for text in seen if text.upper().startswith("ERROR")] or seen
        raise InstallError(
            tr("That failed: {reason}. Correct it and press the button again.").format(
                reason=(errors or [str(outcome.code)])[-1].strip().rstrip(".")
            )
        )


def _prove(command, wheel, log) -> None:
    log("> " + " ".join([*command, *QUESTION]))
    try:
        prove(command, refresh=True)
    except OtherProgramError as error:
        raise InstallError(
            tr(
                "What {path} installs does not answer as the engine of this plugin: {reason}. "
                "Choose another wheel file."
            ).format(path=wheel, reason=error)
        ) from None


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise InstallError(
            tr("{path} is in use: end running algorithms and press the button again.").format(
                path=folder
            )
        )
