"""Stands in for QGIS where only PyQt6 is: `qgis.PyQt` is the real PyQt6."""

import importlib
import sys

import PyQt6

sys.modules["qgis.PyQt"] = PyQt6
for _name in ("QtCore", "QtGui", "QtWidgets"):
    sys.modules[f"qgis.PyQt.{_name}"] = importlib.import_module(f"PyQt6.{_name}")
PyQt = PyQt6
