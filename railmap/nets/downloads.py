"""Weights that a library downloads: whether it can, before it waits for minutes."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import getproxies

import torch

__all__ = ["timm_reachable", "torchvision_reachable"]

_SECONDS = 4.0


def torchvision_reachable(url: str) -> None:
    """Check that torchvision has a file of weights, or that its server answers.

    Parameters
    ----------
    url
        Of the file.

    Raises
    ------
    URLError
        If neither is so.
    """
    kept = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not kept.is_file():
        _reachable("download.pytorch.org")


def timm_reachable(name: str) -> None:
    """Check that timm has the weights of a network, or that its server answers.

    Parameters
    ----------
    name
        Of the network, without the name of its weights.

    Raises
    ------
    URLError
        If neither is so.
    """
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    hub = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    if not any(hub.glob(f"models--timm--{name}*/snapshots/*/*")):
        _reachable("huggingface.co")


def _reachable(host: str) -> None:
    """Connect to a server; the name may take longer to resolve than any timeout of a socket."""
    if "https" in getproxies():
        return  # the proxy knows, not we
    answered = Event()

    def connect() -> None:
        with suppress(OSError):
            socket.create_connection((host, 443), timeout=_SECONDS).close()
            answered.set()

    trial = Thread(target=connect, daemon=True)
    trial.start()
    trial.join(_SECONDS)
    if not answered.is_set():
        raise URLError(f"{host} cannot be reached")
