import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpretrain.registry import TRANSFORMS

from mmfer.datasets import CropFaceBox


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpretrain')
    np.random.seed(0)


def build(**cfg):
    return TRANSFORMS.build(cfg)


def image(seed=0, size=(40, 32)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


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
    'cfg',
    [
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
        dict(type='FaceAffine'),
        dict(type='GaussianNoise'),
    ):
        assert cfg['type'] in repr(build(**cfg))


def crop(box, margin=0.0, shape=(20, 30)):
    image = np.arange(shape[0] * shape[1] * 3).reshape(*shape, 3)
    results = CropFaceBox(margin)(dict(img=image, img_shape=shape, face_box=box, img_path='a.jpg'))
    assert results['img_shape'] == results['img'].shape[:2]
    return image, results['img']


def test_face_box_is_cut_out():
    image, face = crop((4, 6, 10, 8))
    assert np.array_equal(face, image[6:14, 4:14])
    image, face = crop((4, 6, 10, 8), margin=0.25)
    assert np.array_equal(face, image[4:16, 2:16])
    image, face = crop((-5, 15, 10, 10))  # over the edge
    assert np.array_equal(face, image[15:, :5])


def test_without_a_box_nothing_is_cut():
    image = np.zeros((4, 4, 3))
    assert CropFaceBox()(dict(img=image))['img'] is image


@pytest.mark.parametrize('box', [(40, 2, 5, 5), (2, 2, 0, 5), (-9, 2, 5, 5)])
def test_box_outside_the_picture_is_named(box):
    with pytest.raises(ValueError, match="'a.jpg'.*30 x 20"):
        crop(box)
    with pytest.raises(ValueError, match='margin=-0.5'):
        CropFaceBox(-0.5)
