"""Version and identity of this program, in one place."""

from __future__ import annotations

__all__ = ["DISTRIBUTION", "IDENTITY", "__version__"]

__version__ = "0.2.0"
DISTRIBUTION = "railmap-gis"
IDENTITY = "railmap-gis: electronic railway maps from georeferenced images"
"""What `railmap doctor --json` answers; other programs of the name railmap don't."""
