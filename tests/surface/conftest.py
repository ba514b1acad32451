import pytest

from tests.helpers.boxed_images import write_boxed_images


@pytest.fixture
def boxed_folder(tmp_path):
    """`write_boxed_images`."""
    return write_boxed_images(tmp_path)
