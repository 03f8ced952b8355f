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


def test_no_views_are_refused():
    with pytest.raises(ValueError, match='views is empty'):
        build(type='MultiViewTransform', views=[])


def test_repr_names_the_views():
    assert 'RandomFlip' in repr(build(type='MultiViewTransform', views=[[FLIP]]))


OURS = [
    dict(type='GaussianNoise', prob=1.0),
    dict(type='FaceAffine'),
    FLIP,
    dict(type='RandomErasing', erase_prob=1.0),
    dict(type='Resize', scale=24),
]


@pytest.mark.parametrize('step', OURS, ids=lambda step: step['type'])
@pytest.mark.parametrize('shape', [(40, 32), (40, 32, 1)])
def test_grey_pictures_of_one_channel(step, shape):
    img = image()[..., 0].reshape(shape)
    pipeline = Compose(
        [
            dict(type='CropFaceBox', margin=0.1),
            dict(type='MultiViewTransform', views=[[], [step]]),
            dict(type='PackInputs', algorithm_keys=('view_matrix',)),
        ]
    )
    first, second = pipeline(dict(img=img, img_shape=(40, 32), face_box=(2, 3, 20, 20)))['inputs']
    assert first.shape == (1, 24, 24) == second.shape
    assert (first != second).any() or step['type'] == 'Resize'


def test_a_step_that_needs_colours_is_named():
    views = [[dict(type='ColorJitter', saturation=0.5, hue=0.3)], []]
    transform = build(type='MultiViewTransform', views=views)
    with pytest.raises(ValueError, match="'a.jpg': ColorJitter takes no picture of one channel"):
        transform(dict(img=image()[..., 0], img_path='a.jpg'))
    transform(dict(img=image(), img_path='a.jpg'))
