"""A layer in the form in which GDAL writes it: WKB, columns and the mask of missing values."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError

from railmap.files.disk import write_verified

__all__ = ["gdal_columns", "write_checked"]


def gdal_columns(
    table: pd.DataFrame, geometries: NDArray[np.object_]
) -> tuple[NDArray[np.object_], list[NDArray[Any]], list[str], list[NDArray[np.bool_]]]:
    """Return geometries as WKB, values, names and masks of missing values for `pyogrio.raw.write`.

    Parameters
    ----------
    table
        Attributes as of `plain_columns`.
    geometries
        ``(n,)`` shapely geometries or None.
    """
    wkb = np.array(
        [None if shape is None else shapely.to_wkb(shape, flavor="iso") for shape in geometries],
        dtype=object,
    )
    data = [_filled(table[column]) for column in table.columns]
    masks = [table[column].isna().to_numpy() for column in table.columns]
    return wkb, data, list(table.columns), masks


def write_checked(path: Path, content: io.BytesIO, count: int) -> None:
    """Write what GDAL wrote to memory: it does not report all failed writes to a disk.

    Raises
    ------
    DataSourceError
        If GDAL wrote another number of features.
    OutputError, OSError
        If the file cannot be written.
    """
    data = content.getvalue()
    with warnings.catch_warnings(action="ignore"):  # about M values
        found = int(pyogrio.read_info(data, force_feature_count=True)["features"])
    if found != count:
        raise DataSourceError(f"{path}: has {found} of {count} features")
    write_verified(path, data)


def _filled(series: pd.Series) -> NDArray[Any]:
    """Return a numpy column; a separate mask marks NULL values."""
    if isinstance(series.dtype, pd.BooleanDtype):
        return series.fillna(False).to_numpy(dtype=bool)
    if isinstance(series.dtype, pd.Int64Dtype):
        return series.fillna(0).to_numpy(dtype=np.int64)
    if series.dtype == np.float64:
        return series.to_numpy()
    texts = series.where(series.notna(), None).to_numpy(dtype=object)
    # GDAL would end a text at its first NUL.
    return np.array([t.replace("\0", "\ufffd") if isinstance(t, str) else t for t in texts], object)
