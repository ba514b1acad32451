from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from railmap.training.data.augment import mirrored_edge
from railmap.training.data.sample import FILL, IGNORE, Sample, normalise
from railmap.training.fit.loading import ResumableLoader
from railmap.training.tracks.real_images import RealImage
from railmap.training.tracks.stream import Mixture, SampleStream
from tests.helpers import standin_renderer as standin


def real_image(value: int, *, line: bool) -> RealImage:
    image = np.full((100, 100, 3), value, np.uint8)
    lines = [np.array([[50.0, -9.0], [50.0, 109.0]])] if line else []
    return RealImage("s", image, np.ones((100, 100), bool), 0.1, lines)


def test_same_seed_same_samples() -> None:
    def first(seed: int) -> list[torch.Tensor]:
        mixture = Mixture(standin.render, [real_image(80, line=True)], [real_image(90, line=False)])
        stream = SampleStream(mixture, 32, 0.1, (seed, 1))
        return [t for i in range(12) for t in stream[i]]

    assert all(torch.equal(a, b) for a, b in zip(first(5), first(5), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first(5), first(6), strict=True))


def test_shapes_types_and_worker_processes() -> None:
    loader = ResumableLoader(SampleStream(Mixture(standin.render), 32, 0.1, (0, 1)), 4, workers=2)
    one, other = islice(loader, 2)  # one batch of each worker
    assert one[0].shape == (4, 3, 32, 32)
    assert one[0].dtype == torch.float32
    assert one[1].shape == (4, 32, 32)
    assert one[1].dtype == torch.uint8
    assert not torch.equal(one[0], other[0])


def test_shares() -> None:
    def never(*_: object) -> None:
        raise AssertionError("rendered")

    mixture = Mixture(never, [real_image(80, line=True)], [real_image(90, line=False)], 0.5, 0.5)
    stream = SampleStream(mixture, 64, 0.1, (0,))
    targets = [stream[number][1] for number in range(200)]
    with_track = np.mean([bool(((t > 0) & (t != IGNORE)).any()) for t in targets])
    assert 0.35 < with_track < 0.55  # a few crops of the labelled image miss its track


def test_a_site_with_few_images_is_sampled_as_often_as_one_with_many() -> None:
    images = [real_image(value, line=False) for value in (40, 40, 40, 200)]
    for one in images[:3]:
        one.weight = 1 / 3
    stream = SampleStream(Mixture(standin.render, images, real_share=1.0), 16, 0.1, (0,))
    drawn = [stream._labelled_odds @ [0, 0, 0, 1], stream._labelled_odds @ [1, 1, 1, 0]]
    assert drawn == pytest.approx([0.5, 0.5])
    bright = np.mean([float(stream.sample(n).image.mean()) > 120 for n in range(200)])
    assert 0.38 < bright < 0.62


def test_two_crops_in_three_are_cut_where_a_track_is() -> None:
    wide = RealImage("s", np.full((400, 4000, 3), 9, np.uint8), np.ones((400, 4000), bool), 0.1)
    wide.lines = [np.array([[100.0, 0.0], [100.0, 400.0]])]
    rng = np.random.default_rng(0)
    targets = [wide.crop(rng, 64, 0.1, (1.0, 1.0)).target for _ in range(150)]
    seen = np.mean([bool(((t > 127) & (t < 255)).any()) for t in targets])
    assert 0.5 < seen < 0.8


def counting(calls: list[int], reuse: int) -> SampleStream:
    def count(*args: object) -> object:
        calls.append(1)
        return standin.render(*args)  # type: ignore[arg-type]

    return SampleStream(Mixture(count, reuse=reuse), 16, 0.1, (0,), epoch=400, batch=2)


def test_rendered_images_are_reused_and_forgotten() -> None:
    calls: list[int] = []
    stream = counting(calls, 4)
    for number in range(384):
        stream.sample(number)
    assert len(calls) == 384 // 4
    assert not stream._kept


def test_a_sample_does_not_depend_on_what_was_asked_before() -> None:
    calls: list[int] = []
    stream = counting(calls, 3)
    every = [stream.sample(number) for number in range(300)]
    late = counting(calls, 3).sample(299)
    assert np.array_equal(late.image, every[299].image)
    assert np.array_equal(late.target, every[299].target)
    shared = {bytes(np.sort(sample.target, axis=None)) for sample in every[:144]}
    assert len(shared) < 144  # images come again


def test_epochs_go_on_through_the_stream() -> None:
    stream = SampleStream(Mixture(standin.render), 16, 0.1, (0,), epoch=10)
    stream.set_epoch(2)
    assert np.array_equal(stream[3][1].numpy(), stream.sample(23).target)
    with pytest.raises(IndexError):
        stream[10]


def test_negatives_are_the_renderers_backgrounds() -> None:
    seen = []

    def note(rng: np.random.Generator, size: int, gsd: float, backgrounds: list) -> object:
        seen.append([(picture.shape, gsd) for picture, gsd in backgrounds])
        return standin.render(rng, size, gsd)

    holed = real_image(90, line=False)
    holed.valid[:5] = False
    mixture = Mixture(note, negatives=[real_image(90, line=False), holed], negative_share=0.0)
    SampleStream(mixture, 16, 0.1, (0,))[0]
    assert seen == [[((100, 100, 3), 0.1)]]


def test_fill_is_untouched_by_the_camera() -> None:
    half = real_image(200, line=False)
    half.valid[:, :50] = False
    mixture = Mixture(standin.render, [half], real_share=1.0, mirrored_edge_share=0.0)
    fill = torch.from_numpy(normalise(np.broadcast_to(FILL, (1, 1, 3))))[:, 0]
    stream = SampleStream(mixture, 64, 0.1, (0,))
    for image, target in (stream[number] for number in range(20)):
        assert torch.equal(
            image[:, target == IGNORE], fill.expand(3, int((target == IGNORE).sum()))
        )


def test_ground_past_the_edge_mirrors_what_is_kept() -> None:
    image = np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8)
    for seed in range(20):
        ended = mirrored_edge(
            Sample(image, np.zeros((32, 32), np.uint8)), np.random.default_rng(seed)
        )
        inside = ended.target != IGNORE
        assert 0 < (~inside).mean() < 0.8
        np.testing.assert_array_equal(ended.image[inside], image[inside])
        rows, cols = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        if cols[0] == 0 and cols[-1] < 31:
            edge = cols[-1]
            np.testing.assert_array_equal(ended.image[rows, edge], ended.image[rows, edge + 1])
