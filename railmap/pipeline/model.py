"""A track model that is loaded once and used for many images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from railmap.pipeline.options import ComputeOptions, RasterPath

if TYPE_CHECKING:
    from railmap.inference import Backend
    from railmap.models.tracks import TrackModel

__all__ = ["LoadedModel", "load_once"]


@dataclass
class LoadedModel:
    """A model and, from its first use on, the backend that runs it.

    Parameters
    ----------
    package
        The model.
    """

    package: TrackModel
    _backend: Backend | None = field(default=None, init=False, repr=False)
    _compute: ComputeOptions | None = field(default=None, init=False, repr=False)

    def backend(self, compute: ComputeOptions) -> Backend:
        """Return the backend for these options; it is created once.

        Raises
        ------
        DeviceError, MissingExtraError, ModelError, UsageError
            See `railmap.inference.make_backend`.
        """
        if self._backend is None or self._compute != compute:
            from railmap.inference import make_backend

            self._backend = make_backend(
                self.package,
                compute.device,
                compute.threads,
                compute.precision,  # type: ignore[arg-type]
                compute.batch,
            )
            self._compute = compute
        return self._backend


def load_once(model: RasterPath | LoadedModel | None) -> LoadedModel:
    """Load a model unless it is loaded; None takes the one that comes with railmap.

    Raises
    ------
    ModelError
        If the file is missing or cannot be used.
    """
    if isinstance(model, LoadedModel):
        return model
    from railmap.models.package import load_model

    return LoadedModel(load_model(model))
