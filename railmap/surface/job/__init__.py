"""Find defects in rail-surface images and place them on the map."""

from railmap.surface.job.request import DefectJob, DefectsFound
from railmap.surface.job.run import find_defects

__all__ = ["DefectJob", "DefectsFound", "find_defects"]
