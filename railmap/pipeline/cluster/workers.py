"""Connect to the workers: those of a scheduler, or processes on this computer."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from railmap.errors import DeviceError, one_line
from railmap.pipeline.options import ClusterOptions
from railmap.progress import Reporter

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["connected", "count_workers"]

_CONNECT_SECONDS = 20.0
_FIRST_WORKER_SECONDS = 60.0
_SILENT_SECONDS = 60.0  # after which a worker of this computer is started again; Dask waits 300
_LOOPBACK = "127.0.0.1"


@contextmanager
def connected(options: ClusterOptions, reporter: Reporter) -> Iterator[Client]:
    """Yield a client with one worker at least; tell the address of the dashboard.

    Parameters
    ----------
    options
        Scheduler, or number of workers.
    reporter
        Receives the address; can cancel while workers are awaited.

    Raises
    ------
    DeviceError
        If no scheduler answers, or no worker comes.
    """
    import dask
    from distributed import Client, LocalCluster

    with _quiet(), dask.config.set({"logging.distributed": "critical"}):
        if options.scheduler is None:
            where = "this computer"
            try:
                cluster = LocalCluster(
                    n_workers=options.workers, threads_per_worker=1, host=_LOOPBACK,
                    dashboard_address=f"{_LOOPBACK}:0", silence_logs=logging.CRITICAL,
                    scheduler_kwargs={"worker_ttl": _SILENT_SECONDS},
                )  # fmt: skip
            except (OSError, RuntimeError, TimeoutError) as error:
                raise DeviceError(f"workers can't be started: {one_line(error)}") from error
            with cluster, Client(cluster) as client:
                yield _ready(client, where, reporter)
            return
        where = options.scheduler
        try:
            _knock(where)
            client = Client(where, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise DeviceError(
                f"{where}: no Dask scheduler answers ({one_line(error)}); check the address, such "
                "as tcp://10.0.0.1:8786, or start one with dask scheduler"
            ) from error
        with client:
            yield _ready(client, where, reporter)


def count_workers(client: Client) -> int:
    """Return how many workers the scheduler has now.

    Parameters
    ----------
    client
        A client that is connected.

    Raises
    ------
    OSError
        If the scheduler doesn't answer in time.
    """
    if client.scheduler is None:  # closed
        raise OSError("the client is closed")
    threads: dict[str, int] = client.sync(
        client.scheduler.ncores, callback_timeout=_CONNECT_SECONDS
    )
    return len(threads)


def _knock(address: str) -> None:
    """Connect once: Dask would try again for its whole timeout where nobody listens."""
    from distributed.comm import parse_address, parse_host_port

    kind, place = parse_address(address)
    if kind in ("tcp", "tls"):
        host, port = parse_host_port(place, 8786)
        socket.create_connection((host, port), _CONNECT_SECONDS).close()


def _ready(client: Client, where: str, reporter: Reporter) -> Client:
    began = time.monotonic()
    while not count_workers(client):
        if time.monotonic() - began > _FIRST_WORKER_SECONDS:
            raise DeviceError(
                f"{where}: the scheduler has no worker; start some with dask worker {where}"
            )
        time.sleep(0.2)
        reporter.check()
    reporter.message(f"{where}: {count_workers(client)} workers, dashboard {client.dashboard_link}")
    return client


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave it to the reporter to tell what happens."""
    names = ("distributed", "tornado.application", "asyncio")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
