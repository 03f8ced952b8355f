import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.registry import DefaultScope, init_default_scope
from mmpretrain.registry import TRANSFORMS

import mmfer.datasets  # noqa: F401  registers the transforms
from mmfer.functional import flip_matrix

FLIP = dict(type='RandomFlip', prob=1.0, direction='horizontal')


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpretrain')
    np.random.seed(0)


def build(**cfg):
    return TRANSFORMS.build(cfg)


def image(seed=0, size=(40, 32)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def test_a_mirror_is_recorded_for_its_view_alone():
    img = image()
    out = build(type='MultiViewTransform', views=[[], [FLIP], []])(dict(img=img, gt_label=2))
    assert np.array_equal(out['img'][0], img)
    assert np.array_equal(out['img'][1], img[:, ::-1])
    assert np.array_equal(out['img'][2], img)
    eye = np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(out['view_matrix'], [eye, flip_matrix(), eye])
    assert out['gt_label'] == 2


def test_views_do_not_share_pixels():
    erase = dict(
        type='RandomErasing',
        erase_prob=1.0,
        mode='const',
        fill_color=(1, 2, 3),
        min_area_ratio=0.2,
        max_area_ratio=0.3,
    )
    img = image()
    first, second, plain = build(type='MultiViewTransform', views=[[erase], [erase], []])(
        dict(img=img.copy())
    )['img']
    assert np.array_equal(plain, img)
    assert not np.array_equal(first, second)  # drawn for each view


def test_what_was_done_before_is_shared():
    pipeline = Compose([FLIP, dict(type='MultiViewTransform', views=[[], []])])
    out = pipeline(dict(img=image()))
    np.testing.assert_array_equal(out['view_matrix'], [np.eye(3)] * 2)


def test_two_steps_compose():
    affine = dict(type='FaceAffine', degrees=20.0, scale=(1.2, 1.2), shift=0.0)
    out = build(type='MultiViewTransform', views=[[affine, FLIP]])(dict(img=image()))
    matrix = out['view_matrix'][0]
    assert np.linalg.det(matrix) == pytest.approx(-(1.2**2), rel=1e-5)


def test_affine_moves_pixels_as_its_matrix_says():
    # A small bright square, followed by its centre of mass.
    size, hits = 200, []
    for seed in range(5):
        np.random.seed(seed)
        img = np.zeros((size, size, 3), np.uint8)
        img[60:70, 120:130] = 255
        out = build(type='FaceAffine', degrees=25.0, scale=(0.8, 1.2), shift=0.1, mirror=0.5)(
            dict(img=img)
        )
        # pixel centres 64.5 and 124.5 in coordinates from -1 to 1
        source = np.array([(124.5 + 0.5) / 100 - 1, (64.5 + 0.5) / 100 - 1, 1.0])
        x, y, _ = out['affine'] @ source
        rows, columns = np.nonzero(out['img'][..., 0] > 127)
        found = np.array([columns.mean(), rows.mean()])
        expected = np.array([x, y]) * 100 + 99.5
        assert np.abs(found - expected).max() < 0.5
        hits.append(out['affine'][0, 0] < 0)
    assert len(set(hits)) == 2  # mirrored in some, not in others


def test_no_movement_is_the_identity():
    img = image()
    out = build(type='FaceAffine', degrees=0.0, scale=(1.0, 1.0), shift=0.0)(dict(img=img.copy()))
    assert np.array_equal(out['img'], img)
    np.testing.assert_array_equal(out['affine'], np.eye(3))


def test_gaussian_noise_has_its_variance():
    img = np.full((200, 200, 3), 128, np.uint8)
    out = build(type='GaussianNoise', variance=30.0, prob=1.0)(dict(img=img))['img']
    assert out.dtype == np.uint8
    # rounding down adds 1/12
    assert out.astype(float).var() == pytest.approx(30 + 1 / 12, rel=0.03)
    share = np.mean(
        [
            not np.array_equal(build(type='GaussianNoise', prob=0.5)(dict(img=img))['img'], img)
            for _ in range(200)
        ]
    )
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / 200)


@pytest.mark.parametrize(
    'step',
    [
        dict(type='RandomResizedCrop', scale=32),
        dict(type='Rotate', angle=30.0),
        dict(type='torchvision/RandomHorizontalFlip'),
        dict(type='RandomApply', transforms=[dict(type='RandomCrop', crop_size=20)]),
        dict(
            type='RandomChoice', transforms=[[dict(type='GaussianNoise')], [dict(type='Translate')]]
        ),
    ],
)
def test_unrecorded_movement_is_refused(step):
    with pytest.raises(ValueError, match='is not known to record'):
        build(type='MultiViewTransform', views=[[], [step]])


def test_two_recorded_steps_in_one_wrapper_are_refused():
    both = dict(type='RandomApply', prob=1.0, transforms=[dict(type='FaceAffine'), FLIP])
    with pytest.raises(ValueError, match='only the last of them'):
        build(type='MultiViewTransform', views=[[both]])
    each = [
        dict(type='RandomApply', prob=1.0, transforms=[step])
        for step in (dict(type='FaceAffine'), FLIP)
    ]
    out = build(type='MultiViewTransform', views=[each])(dict(img=image()))
    assert np.linalg.det(out['view_matrix'][0]) < 0


def test_a_users_own_transform_may_be_still():
    step = dict(type='ResizeEdge', scale=20)
    out = build(type='MultiViewTransform', views=[[step]], still=['ResizeEdge'])(dict(img=image()))
    assert min(out['img'][0].shape[:2]) == 20
    np.testing.assert_array_equal(out['view_matrix'], [np.eye(3)])


def test_the_hosts_registry_serves_without_a_scope(monkeypatch):
    monkeypatch.setattr(DefaultScope, '_instance_dict', {})
    erase = dict(type='RandomErasing', erase_prob=1.0, mode='const')
    build(type='MultiViewTransform', views=[[erase]])


@pytest.mark.parametrize(
    'cfg',
    [
        dict(type='MultiViewTransform', views=[]),
        dict(type='FaceAffine', degrees=-1),
        dict(type='FaceAffine', mirror=2.0),
        dict(type='FaceAffine', scale=(1.2, 0.8)),
        dict(type='GaussianNoise', prob=-1.0),
    ],
)
def test_settings_that_do_not_fit(cfg):
    with pytest.raises(ValueError):
        build(**cfg)


def test_repr_names_the_settings():
    for cfg in (
        dict(type='MultiViewTransform', views=[[FLIP]]),
        dict(type='FaceAffine'),
        dict(type='GaussianNoise'),
    ):
        assert cfg['type'] in repr(build(**cfg))
