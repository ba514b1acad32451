"""A scheduler and three workers on hosts of their own: one has a slow link, one is lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from railmap.inference.sliding import parts
from railmap.pipeline import segment_images
from railmap.pipeline.options import ClusterOptions, ComputeOptions
from tests.helpers.network_hosts import Hosts, NoHosts
from tests.helpers.repository import REPOSITORY
from tests.pipeline.cluster.test_cluster import AtPart

SCHEDULER, SLOW, OTHERS = 1, 2, (3, 4)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    try:
        with Hosts(4) as network:
            yield network
    except NoHosts as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_three_hosts_make_the_same_bytes_though_one_is_slow_and_one_is_lost(
    hosts: Hosts,
    ortho: Path,
    model: Path,
    alone: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(parts, "PART_ROWS", 110)
    address = f"tcp://{hosts.address(SCHEDULER)}:8786"
    hosts.start(
        SCHEDULER,
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard",
         "--host", hosts.address(SCHEDULER), "--port", "8786"],
    )  # fmt: skip
    hosts.limit(SLOW, "2mbit")
    for host in (SLOW, *OTHERS):
        hosts.start(
            host,
            [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-dashboard",
             "--nthreads", "1", "--host", hosts.address(host)],
            PYTHONPATH=str(REPOSITORY),
        )  # fmt: skip
    with distributed.Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)

        def power_cut() -> None:
            busy = {name for name, keys in client.processing().items() if keys}
            working = [h for h in OTHERS if any(f"//{hosts.address(h)}:" in b for b in busy)]
            hosts.kill((working or OTHERS)[0])

        compute = ComputeOptions(threads=1, cluster=ClusterOptions(address, scratch=tmp_path / "s"))
        out = tmp_path / "p.tif"
        segment_images(ortho, out, model=model, compute=compute, reporter=AtPart(power_cut))
        assert out.read_bytes() == alone
        assert len(client.scheduler_info()["workers"]) == 2
    # without the killed host, once more from the start
    again = replace(compute, cluster=ClusterOptions(address, scratch=tmp_path / "t"))
    segment_images(ortho, tmp_path / "q.tif", model=model, compute=again)
    assert (tmp_path / "q.tif").read_bytes() == alone
