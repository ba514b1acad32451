"""The rail-surface networks: sizes and parameters to the last one, and clear errors."""

import pytest

torch = pytest.importorskip("torch")

from railmap.errors import ModelError  # noqa: E402
from railmap.nets.fcn import FCN8s, ModifiedFCN  # noqa: E402
from railmap.nets.segnet import SegNet59, matlab_layers  # noqa: E402
from railmap.surface.network import CLASSES, KINDS, RailNet  # noqa: E402

SIZES = {1: (100, 160), 2: (100, 55)}


@pytest.mark.parametrize(("kind", "count"), [(1, 12_163_110), (2, 12_163_042)])
def test_modified_fcn_has_the_papers_parameters_and_keeps_the_size(kind, count):
    network = ModifiedFCN(kind).eval()
    assert sum(p.numel() for p in network.parameters()) == count
    with torch.no_grad():
        assert network(torch.zeros(1, 3, *SIZES[kind])).shape == (1, 2, *SIZES[kind])


def test_modified_fcn_uses_the_kernels_of_table_1():
    kernels = {k: [u.kernel_size for u in ModifiedFCN(k).ups] for k in (1, 2)}
    assert kernels[1] == [(4, 4), (3, 2), (4, 4), (4, 4)]
    assert kernels[2] == [(4, 4), (3, 3), (2, 3), (2, 3)]


def test_modified_fcn_refuses_strips_of_another_type():
    with pytest.raises(ModelError, match="takes 100x55"):
        ModifiedFCN(2)(torch.zeros(1, 3, 100, 160))
    with pytest.raises(ModelError, match="type 1"):
        ModifiedFCN(3)


@pytest.mark.parametrize("size", SIZES.values())
def test_baselines_keep_the_size(size):
    for network in (SegNet59(width=8), FCN8s(width=16)):
        with torch.no_grad():
            assert network.eval()(torch.zeros(1, 3, *size)).shape == (1, 2, *size)


def test_segnet_has_59_layers_as_matlab_counts():
    assert matlab_layers(SegNet59.depth) == 59
    network = SegNet59()
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 4 * SegNet59.depth
    assert {c.out_channels for c in convolutions} == {64, 2}


def test_railnet_answers_at_a_quarter():
    network = RailNet().eval()
    with torch.no_grad():
        out = network(torch.zeros(1, 2, 64, 320))
    assert out.shape == (1, len(CLASSES) + len(KINDS), 16, 80)
    assert sum(p.numel() for p in network.parameters()) < 1_000_000
