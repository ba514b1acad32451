"""The scratch in object storage: a server that speaks S3, on loopback."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from railmap.errors import OutputError
from railmap.pipeline import segment_images
from railmap.pipeline.options import ComputeOptions

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.slow


def test_the_same_bytes_through_s3(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path,
    client: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server_module = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        keys = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        client.run(lambda: os.environ.update(keys))
        storage = s3fs.S3FileSystem(skip_instance_cache=True)
        storage.mkdir("surveys")
        with_s3 = replace(compute, cluster=replace(compute.cluster, scratch="s3://surveys/scratch"))
        out = tmp_path / "p.tif"
        segment_images(ortho, out, model=model, compute=with_s3)
        assert out.read_bytes() == alone
        assert storage.find("surveys") == []
        nowhere = replace(compute, cluster=replace(compute.cluster, scratch="s3://nobody/scratch"))
        with pytest.raises(OutputError, match="s3://nobody/scratch: cannot be written") as told:
            segment_images(ortho, tmp_path / "q.tif", model=model, compute=nowhere)
        assert "\n" not in str(told.value)
    finally:
        server.stop()
