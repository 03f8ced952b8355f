import numpy as np
import pytest
import torch

from mmfer.functional import (
    align_maps,
    attention_consistency,
    class_activation_maps,
    flip_matrix,
    relative_transform,
)


def test_maps_by_a_loop_and_their_mean_is_the_logit():
    generator = torch.Generator().manual_seed(0)
    feat = torch.rand(2, 5, 3, 4, generator=generator, dtype=torch.float64)
    weight = torch.randn(7, 5, generator=generator, dtype=torch.float64)
    maps = class_activation_maps(feat, weight)
    assert maps.shape == (2, 7, 3, 4)
    expected = torch.zeros_like(maps)
    for k in range(7):
        for d in range(5):
            expected[:, k] += weight[k, d] * feat[:, d]
    torch.testing.assert_close(maps, expected)
    torch.testing.assert_close(maps.mean((2, 3)), feat.mean((2, 3)) @ weight.T)


def test_a_mirrored_pair_is_consistent_to_the_bit():
    maps = torch.randn(3, 7, 7, 7)
    mirrored = torch.tensor([True, False, True])
    view = torch.where(mirrored[:, None, None, None], maps.flip(-1), maps)
    aligned, weight = align_maps(view, mirrored)
    assert torch.equal(aligned, maps)
    assert torch.equal(weight, torch.ones(3, 1, 7, 7))
    assert (attention_consistency(maps, aligned) == 0).all()


def test_consistency_by_hand():
    a = torch.zeros(2, 2, 1, 2)
    b = a.clone()
    b[0, 0, 0, 0] = 2.0  # one of 4 cells differs by 2: 4 / 4
    assert attention_consistency(a, b).tolist() == [1.0, 0.0]
    # the mean over samples is the plain mean squared error
    torch.testing.assert_close(
        attention_consistency(a, b).mean(), torch.nn.functional.mse_loss(a, b)
    )


def test_cut_places_do_not_count():
    a, b = torch.zeros(2, 3, 1, 2), torch.ones(2, 3, 1, 2)
    b[0, :, 0, 1] = 9.0
    weight = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 0.0]]]])
    assert attention_consistency(a, b, weight).tolist() == [1.0, 0.0]


def test_theta_of_a_mirror_is_the_mirror():
    maps = torch.randn(2, 7, 6, 5, dtype=torch.float64)
    eye = np.eye(3, dtype=np.float32)
    relation = relative_transform(eye, flip_matrix())
    theta = torch.from_numpy(np.stack([relation[:2], eye[:2]]))
    aligned, weight = align_maps(maps, torch.zeros(2, dtype=torch.bool), theta)
    torch.testing.assert_close(aligned[0], maps[0].flip(-1))
    torch.testing.assert_close(aligned[1], maps[1])
    assert (weight == 1).all()


def blob(matrix, size=64):
    """A smooth bump at (.2, -.3) of the source, seen through a matrix."""
    x, y, _ = matrix @ np.array([0.2, -0.3, 1.0])
    axis = (2 * torch.arange(size) + 1.0) / size - 1
    gap = (axis[None, :] - x) ** 2 + (axis[:, None] - y) ** 2
    # The width follows the scale of the matrix.
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    return torch.exp(-gap / (2 * (0.15 * scale) ** 2)).float()[None, None]


@pytest.mark.parametrize('reference', ['source', 'moved'])
def test_any_affine_is_undone(reference):
    cos, sin = 1.1 * np.cos(0.3), 1.1 * np.sin(0.3)
    turned = np.array([[cos, -sin, 0.1], [sin, cos, -0.05], [0, 0, 1]])
    view = flip_matrix() @ turned
    base = np.eye(3)
    if reference == 'moved':
        base = np.array([[0.9, 0, -0.1], [0, 0.9, 0.1], [0, 0, 1.0]])
    theta = torch.from_numpy(relative_transform(base, view)[None, :2])
    aligned, weight = align_maps(blob(view), torch.zeros(1, dtype=torch.bool), theta)
    gap = ((aligned - blob(base)) * weight).abs().max()
    unaligned = (blob(view) - blob(base)).abs().max()
    assert gap < 0.02 < 0.5 < unaligned
    assert 0 < weight.mean() < 1


def test_half_precision_is_computed_in_float32():
    a = torch.full((1, 2, 2, 2), 300.0).half()
    loss = attention_consistency(a, torch.zeros_like(a))
    assert loss.dtype == torch.float32  # 300^2 overflows float16
    assert loss.item() == 90000.0
