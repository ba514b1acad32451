from __future__ import annotations

import errno
from pathlib import Path

import pytest

from railmap.errors import OutputError
from railmap.files.output import atomic_output, check_output
from tests.helpers.file_rights import file_modes_count


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_only_when_complete(tmp_path: Path) -> None:
    target = tmp_path / "tracks ü.gpkg"
    with atomic_output(target) as partial:
        assert not partial.exists()
        assert partial.parent == tmp_path
        assert partial.name.startswith(".tracks ü.gpkg.partial-")
        assert partial.suffix == ".gpkg"
        partial.write_text("map")
        assert not target.exists()
    assert target.read_text() == "map"
    assert names(tmp_path) == [target.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.tif"
    with pytest.raises(error), atomic_output(target) as partial:  # noqa: PT012
        partial.write_text("half")
        Path(f"{partial}-journal").write_text("half")
        raise error
    assert names(tmp_path) == []


def test_failure_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.tif"
    target.write_text("old")
    with (  # noqa: PT012
        pytest.raises(ValueError, match="no"),
        atomic_output(target, overwrite=True) as partial,
    ):
        partial.write_text("half")
        raise ValueError("no")
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.tif"]


def test_refuses_to_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "a.tif"
    target.write_text("old")
    with pytest.raises(OutputError, match="overwrite=True"), atomic_output(target):
        pass
    with atomic_output(target, overwrite=True) as partial:
        partial.write_text("new")
    assert target.read_text() == "new"


def test_overwriting_removes_stale_sidecars(tmp_path: Path) -> None:
    target = tmp_path / "a.gpkg"
    for name in ("a.gpkg", "a.gpkg-wal", "a.gpkg.aux.xml"):
        (tmp_path / name).write_text("old")
    with atomic_output(target, overwrite=True) as partial:
        partial.write_text("new")
    assert names(tmp_path) == ["a.gpkg"]


def test_refuses_an_input(tmp_path: Path) -> None:
    source = tmp_path / "ortho.tif"
    source.write_text("pixels")
    link = tmp_path / "link.tif"
    link.symlink_to(source)
    for target in (source, link):
        with pytest.raises(OutputError, match="input"):
            check_output(target, overwrite=True, inputs=["/vsicurl/http://x/y.tif", source])


def test_refuses_bad_folders(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "none" / "a.tif")
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file is a file, not a folder"):
        check_output(tmp_path / "file" / "a.tif")


def test_refuses_a_folder_that_is_not_writable(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with file_modes_count(), pytest.raises(OutputError, match="cannot be written"):
        check_output(folder / "a.tif")


def test_name_too_long_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        check_output(tmp_path / ("a" * 250))


def test_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="full"), atomic_output(tmp_path / "a.tif"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nothing was written"), atomic_output(tmp_path / "a"):
        pass


def test_other_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_output(tmp_path / "a"):
        raise FileNotFoundError(errno.ENOENT, "no", "elsewhere")
