from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from railmap.errors import OutputError
from railmap.files import folder as module
from railmap.files.folder import MARK, atomic_folder, check_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def publish(site: Path, text: str) -> None:
    with atomic_folder(site, overwrite=True) as partial:
        (partial / MARK).write_text(f'{{"generator": "railmap", "text": "{text}"}}')


def killed(work) -> None:
    """Run `work` in a child that kills itself."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_page_is_there_at_every_moment(tmp_path: Path, monkeypatch) -> None:
    site = tmp_path / "site"
    publish(site, "old")
    real = module.exchange

    def watched(first: Path, second: Path) -> bool:
        done = real(first, second)
        assert site.exists()
        return done

    monkeypatch.setattr(module, "exchange", watched)
    publish(site, "new")
    assert "new" in (site / MARK).read_text()
    assert names(tmp_path) == ["site"]


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_kill_at_work_leaves_the_old_page(tmp_path: Path, monkeypatch, exchanges: bool) -> None:
    if not exchanges:
        monkeypatch.setattr(module, "exchange", lambda first, second: False)
    site = tmp_path / "site"
    publish(site, "old")

    def work() -> None:
        with atomic_folder(site, overwrite=True) as partial:
            (partial / "half").write_text("")
            die()

    killed(work)
    assert "old" in (site / MARK).read_text()
    assert len(names(tmp_path)) > 1
    check_folder(site, overwrite=True)
    assert names(tmp_path) == ["site"]


def test_a_kill_between_two_renames_is_put_right(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "exchange", lambda first, second: False)
    site = tmp_path / "site"
    publish(site, "old")
    real = Path.rename

    def work() -> None:
        Path.rename = lambda self, to: (real(self, to), die())  # type: ignore[assignment]
        publish(site, "new")

    killed(work)
    assert not site.exists()
    with pytest.raises(OutputError, match="exists"):
        check_folder(site)
    assert "old" in (site / MARK).read_text()
    assert names(tmp_path) == ["site"]


def test_a_kill_after_the_swap_leaves_the_new_page(tmp_path: Path, monkeypatch) -> None:
    site = tmp_path / "site"
    publish(site, "old")

    def work() -> None:
        module.sync_folder = lambda folder: die() if folder == tmp_path else None
        publish(site, "new")

    killed(work)
    assert "new" in (site / MARK).read_text()
    publish(site, "newer")
    assert names(tmp_path) == ["site"]


def test_two_writers_exclude_each_other(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with atomic_folder(site) as partial:
        (partial / MARK).write_text('{"generator": "railmap"}')
        with pytest.raises(OutputError, match=f"process {os.getpid()} on"), atomic_folder(site):
            pass
    assert names(tmp_path) == ["site"]


def test_a_failed_sync_is_an_error_and_the_old_page_stays(tmp_path: Path, monkeypatch) -> None:
    site = tmp_path / "site"
    publish(site, "old")

    def fail(path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "sync", fail)
    with pytest.raises(OutputError, match="disk reports an error"):
        publish(site, "new")
    assert "old" in (site / MARK).read_text()
    assert names(tmp_path) == ["site"]
