"""The rail-surface networks: sizes and parameters to the last one, and clear errors."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from railmap.errors import ModelError  # noqa: E402
from railmap.nets.fcn import FCN8s, ModifiedFCN  # noqa: E402
from railmap.nets.railnet import CLASSES, KINDS, RailNet  # noqa: E402
from railmap.nets.segnet import SegNet59, matlab_layers  # noqa: E402
from railmap.nets.stripnet import StripNet  # noqa: E402

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


def _fcn8s():
    return FCN8s(width=16)


@pytest.mark.parametrize(
    "build", [partial(ModifiedFCN, 1), partial(ModifiedFCN, 2), _fcn8s, StripNet]
)
def test_untrained_networks_expect_one_defect_pixel_in_a_hundred(build):
    torch.manual_seed(0)
    network = build()
    size = getattr(network, "size", SIZES[2])
    with torch.no_grad():
        logits = network.eval()(torch.randn(2, 3, *size))
    assert torch.allclose(logits.softmax(1)[:, 1], torch.tensor(0.01), atol=1e-4)


@pytest.mark.parametrize("build", [partial(ModifiedFCN, 1), partial(ModifiedFCN, 2), _fcn8s])
def test_scores_are_enlarged_about_linearly_and_classes_kept_apart(build):
    torch.manual_seed(0)  # means of a few random weights: not the same with every seed
    network = build()
    ups = getattr(network, "ups", None) or [network.up2, network.up4, network.up8]
    for up in ups:
        weight = up.weight.detach()
        apart = weight.diagonal().abs().mean() / weight.abs().mean()
        assert apart > 1.15  # 2 if no class told on the other, 1 if all did alike
        assert not torch.equal(weight[0, 0], weight[1, 1])
        rows = weight.diagonal().mean(dim=(1, 2))
        assert rows.shape == (up.kernel_size[0],)
        given = up.kernel_size[0] * up.kernel_size[1] / (up.stride[0] * up.stride[1])
        if up.kernel_size[0] % 2 == 0 and up.kernel_size[1] % 2 == 0:  # an input counts for 1
            assert weight.diagonal().mean().item() * given == pytest.approx(1, abs=0.35)


def test_modified_fcn_learns_from_the_first_steps():
    torch.manual_seed(0)
    network = ModifiedFCN(2).train()
    image = torch.randn(2, 3, *SIZES[2]) * 0.3
    truth = torch.zeros(2, *SIZES[2], dtype=torch.long)
    truth[:, 30:60, 15:40] = 1
    image[:, :, 30:60, 15:40] -= 2
    adam = torch.optim.Adam(network.parameters(), 1e-4)
    losses = []
    for _ in range(8):
        loss = torch.nn.functional.cross_entropy(network(image), truth)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("size", SIZES.values())
def test_others_keep_the_size(size):
    for network in (SegNet59(width=8), FCN8s(width=16), StripNet()):
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
