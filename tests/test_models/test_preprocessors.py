import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate, pseudo_collate
from mmpretrain.models.utils import ClsDataPreprocessor
from mmpretrain.structures import DataSample

from mmfer.functional import flip_matrix
from mmfer.models import MultiViewPreprocessor

NORM = dict(mean=[1.0, 2.0, 3.0], std=[2.0, 2.0, 4.0], to_rgb=True)
EYE = np.eye(3, dtype=np.float32)


def batch(n, relations=None, **fields):
    """n samples with two views of random BGR pixels, uncollated."""
    rng = np.random.default_rng(n)
    out = []
    for i in range(n):
        sample = DataSample().set_gt_label(i % 7)
        sample.set_field(100 + i, 'sample_idx', field_type='metainfo')
        if relations is not None:
            sample.set_field(np.stack([EYE, relations[i]]), 'view_matrix')
        for key, value in fields.items():
            getattr(sample, f'set_{key}')(value[i])
        views = [
            torch.from_numpy(rng.integers(0, 256, (3, 4, 5), dtype=np.uint8)) for _ in range(2)
        ]
        out.append(dict(inputs=views, data_samples=sample))
    return out


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
@pytest.mark.parametrize('n', [1, 2, 3, 4])  # 3 is the host's trap
def test_views_are_normalised_to_rgb_in_order(collate, n):
    items = batch(n)
    data = MultiViewPreprocessor(**NORM)(collate(items), training=True)
    assert len(data['inputs']) == 2
    mean, std = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 4.0])
    for v, view in enumerate(data['inputs']):
        assert view.shape == (n, 3, 4, 5)
        for i in range(n):
            rgb = items[i]['inputs'][v].flip(0).float()
            expected = (rgb - mean[:, None, None]) / std[:, None, None]
            torch.testing.assert_close(view[i], expected)
    assert data['targets'].label.tolist() == [i % 7 for i in range(n)]
    assert data['targets'].index.tolist() == [100 + i for i in range(n)]
    assert data['targets'].soft is None
    assert data['geometry'] is None


def test_the_host_preprocessor_reverses_three_images():
    """The fault this class is for: BGR stays, and the batch is turned round."""
    data = default_collate(batch(3))
    plain = dict(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=True)
    host = ClsDataPreprocessor(**plain)(dict(inputs=data['inputs']))
    bgr = data['inputs'][0].float()
    assert torch.equal(host['inputs'][0], bgr.flip(0))
    ours = MultiViewPreprocessor(**plain)(dict(inputs=data['inputs']))
    assert torch.equal(ours['inputs'][0], bgr.flip(1))


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
def test_one_view_is_the_hosts(collate):
    items = [dict(d, inputs=d['inputs'][0]) for d in batch(3)]
    ours = MultiViewPreprocessor(**NORM)(collate(items))
    host = ClsDataPreprocessor(**NORM)(collate(items))
    assert torch.equal(ours['inputs'], host['inputs'])
    assert set(ours) == set(host)


@pytest.mark.parametrize('views', [1, 2])
def test_channels_last_changes_the_layout_alone(views):
    items = batch(3)
    if views == 1:
        items = [dict(d, inputs=d['inputs'][0]) for d in items]
    plain, last = (
        MultiViewPreprocessor(**NORM, channels_last=flag)(default_collate(items))['inputs']
        for flag in (False, True)
    )
    for a, b in zip(*((x if views == 2 else [x]) for x in (plain, last))):
        assert torch.equal(a, b)
        assert b.is_contiguous(memory_format=torch.channels_last)
        assert not a.is_contiguous(memory_format=torch.channels_last)


def test_soft_labels_become_targets():
    scores = [torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 1.0, 0.0])]
    data = MultiViewPreprocessor(**NORM)(pseudo_collate(batch(2, gt_score=scores)))
    assert torch.equal(data['targets'].soft, torch.stack(scores))


def test_numbers_of_draws_become_targets():
    items = batch(3)
    assert MultiViewPreprocessor()(default_collate(items), training=True)['targets'].draw is None
    draws = [2**62 + 1, 0, 2**63 - 1]
    for item, draw in zip(items, draws):
        item['data_samples'].set_field(draw, 'draw', field_type='metainfo')
    found = MultiViewPreprocessor()(default_collate(items), training=True)['targets'].draw
    assert found.dtype == torch.int64 and found.tolist() == draws


def test_mirrors_need_no_resampling():
    data = MultiViewPreprocessor(**NORM)(
        pseudo_collate(batch(3, [flip_matrix(), EYE, flip_matrix()]))
    )
    first, second = data['geometry']
    assert first.mirrored.tolist() == [False] * 3 and first.theta is None
    assert second.mirrored.tolist() == [True, False, True]
    assert second.theta is None


def test_one_turned_sample_makes_theta():
    shifted = EYE.copy()
    shifted[0, 2] = 0.2
    data = MultiViewPreprocessor(**NORM)(pseudo_collate(batch(2, [flip_matrix(), shifted])))
    theta = data['geometry'][1].theta
    assert torch.equal(theta, torch.from_numpy(np.stack([flip_matrix(), shifted])[:, :2]))


def test_matrices_of_another_number_of_views():
    items = batch(2)
    for item in items:
        item['data_samples'].set_field(np.stack([EYE] * 3), 'view_matrix')
    with pytest.raises(ValueError, match='2 views.*(3, 3, 3)'):
        MultiViewPreprocessor(**NORM)(pseudo_collate(items))


def test_mixing_images_is_refused_with_views():
    augments = dict(augments=dict(type='Mixup', alpha=1.0), probs=None)
    with pytest.raises(ValueError, match='batch_augments'):
        MultiViewPreprocessor(**NORM, num_classes=7, batch_augments=augments)(
            pseudo_collate(batch(2)), training=True
        )


def test_what_is_no_image_is_refused():
    with pytest.raises(TypeError, match='PackInputs'):
        MultiViewPreprocessor(**NORM)(dict(inputs=[torch.zeros(4, 5)]))


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
def test_pictures_of_one_channel(collate):
    items = [dict(d, inputs=[view[:1] for view in d['inputs']]) for d in batch(3)]
    data = MultiViewPreprocessor(mean=[10.0], std=[2.0], to_rgb=True)(collate(items))
    for v, view in enumerate(data['inputs']):
        expected = torch.stack([(item['inputs'][v].float() - 10) / 2 for item in items])
        assert torch.equal(view, expected)


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(mean=[1.0, 2, 3], std=[1.0, 2]), r'mean=\[1.0, 2, 3\], std=\[1.0, 2\].*both, one'),
        (dict(mean=[], std=[]), r'mean=\[\].*give both'),
        (dict(mean=[1.0]), 'std=None of data_preprocessor; give both'),
        (dict(std=[1.0]), 'mean=None.*give both'),
        (dict(mean=[1.0], std=[0]), r'std=\[0\]: a channel=0; allowed: numbers above 0'),
    ],
)
def test_normalisation_that_does_not_fit(settings, named):
    with pytest.raises(ValueError, match=named):
        MultiViewPreprocessor(**settings)
    # one number is for all channels
    assert MultiViewPreprocessor(mean=[1.0, 2, 3], std=[4.0]).std.shape == (1, 1, 1)
    assert MultiViewPreprocessor(mean=5, std=2).mean.shape == (1, 1, 1)
