"""The paths of the plugin as on Windows: its own code, with a stand-in for the platform."""

import ntpath
import subprocess
from pathlib import PureWindowsPath
from types import SimpleNamespace

from start import answer

from railmap import engine, installer, programs

FILES = {
    # the working folder: a project that a stranger may have made
    "railmap.exe", "python.exe", r"sub\railmap.exe",
    r"D:\Program Files\Rail Map\railmap.exe",
    r"C:\Windows\py\python3.12.bat",
    r"C:\Users\Zoë Öst\AppData\Local\Microsoft\WindowsApps\python.exe",
}  # fmt: skip
GLOBS = {
    r"C:\Users\Zoë Öst\AppData\Local\Programs\Python\Python3*\python.exe": [
        r"C:\Users\Zoë Öst\AppData\Local\Programs\Python\Python312\python.exe"
    ],
}
SEARCH = [
    ".", "", "sub", r"C:\Users\Zoë Öst\AppData\Local\Microsoft\WindowsApps",
    r"D:\Program Files\Rail Map", r"C:\Windows\py",
]  # fmt: skip


class Paths:
    """``os.path`` of Windows, with FILES in place of a disk."""

    isabs, join, normcase = ntpath.isabs, ntpath.join, ntpath.normcase

    @staticmethod
    def isfile(path):
        return ntpath.normcase(path) in {ntpath.normcase(one) for one in FILES}

    @staticmethod
    def realpath(path):
        return path


environ = {
    "PATH": ";".join(SEARCH), "PATHEXT": ".COM;.EXE;.BAT", "LOCALAPPDATA":
    r"C:\Users\Zoë Öst\AppData\Local", "PROGRAMFILES": r"C:\Program Files",
    "PYTHONHOME": r"C:\OSGeo4W\apps\Python312", "PROJ_LIB": r"C:\OSGeo4W\share\proj",
}  # fmt: skip
windows = SimpleNamespace(
    path=Paths, environ=environ, pathsep=";", defpath=r".;C:\bin", X_OK=1,
    access=lambda path, mode: True,
)  # fmt: skip
platform = SimpleNamespace(platform="win32", prefix=r"C:\OSGeo4W\apps\Python312")
for module in (programs, engine, installer):
    module.sys = platform
programs.os = installer.os = windows
engine.Path = PureWindowsPath
installer.glob = SimpleNamespace(glob=lambda pattern: GLOBS.get(pattern, []))
subprocess.CREATE_NO_WINDOW = 0x08000000

environment = programs.environment()
answer(
    {
        "found": programs.find_program("railmap"),
        "batch": programs.find_program("python3.12"),
        "none": programs.find_program("pythonw"),
        "search": environment["PATH"].split(";"),
        "foreign": sorted({"PYTHONHOME", "PROJ_LIB"} & set(environment)),
        "safe": environment["NoDefaultCurrentDirectoryInExePath"],
        "no window": programs.no_window(),
        "inside": str(engine.interpreter_of(PureWindowsPath(r"C:\Users\Zoë Öst\engine"))),
        "as python": engine.as_command(r"C:\Program Files\Python312\pythonw.exe"),
        "as program": engine.as_command(r"D:\Program Files\Rail Map\railmap.exe"),
        "pythons": list(installer._candidates()),
    }
)
