"""Whatever layout true points come in, the crops are the same; another layout is refused."""

import numpy as np
import pytest
from landmark_layouts import RIGHT, WRONG, five, scenes, write_pictures

from mmfer.apis import DetectedFace, LandmarkFile, align_face
from mmfer.apis.align_folder import Job, Task, align_picture, below, check_names
from mmfer.utils.images import read_image

SETTINGS = dict(template='rafdb', size=40)


def align(root, table, as_listed=False, max_pixels=None, faces='all'):
    """The crops of the pictures, or the reason why there is none."""
    found = LandmarkFile(table, as_listed)
    paths = [root / name for name in scenes()[0]]
    found.check_pictures(paths, root)
    job = Job(root, root / 'out', {}, faces, '', SETTINGS, max_pixels)

    def finder(image, path):
        return found.find(path, root, image.shape[1::-1])

    results = [align_picture(job, finder, Task(path, False)) for path in paths]
    return [read_image(r.crops[0]) if r.crops else r.reason for r in results]


@pytest.fixture(scope='module')
def true_crops():
    images = scenes()[1]
    return [align_face(image, points, **SETTINGS) for image, points in zip(images, five())]


@pytest.mark.parametrize('layout', RIGHT)
def test_true_points_in_each_layout(tmp_path, true_crops, layout):
    write_pictures(tmp_path)
    crops = align(tmp_path, RIGHT[layout](tmp_path))
    assert all(np.array_equal(crop, true) for crop, true in zip(crops, true_crops, strict=True))


@pytest.mark.parametrize('layout', WRONG)
def test_wrong_layouts(tmp_path, layout):
    write_pictures(tmp_path)
    path = WRONG[layout](tmp_path)
    with pytest.raises(ValueError) as raised:
        align(tmp_path, path)
    assert str(path) in str(raised.value) and '\n' not in str(raised.value)


def test_as_listed_takes_them_as_they_stand(tmp_path, true_crops):
    write_pictures(tmp_path)
    path = WRONG['order 1 0 2 4 3'](tmp_path)
    crops = align(tmp_path, path, as_listed=True)
    assert len(crops) == len(true_crops)
    assert not any(np.array_equal(crop, true) for crop, true in zip(crops, true_crops))
    reason = align(tmp_path, WRONG['larger pictures'](tmp_path), as_listed=True)
    assert all(isinstance(crop, np.ndarray) for crop in reason)


def test_pictures_of_too_many_pixels(tmp_path, true_crops):
    write_pictures(tmp_path)
    table = RIGHT['x1 y1 x2 y2'](tmp_path)
    counts = [image.shape[0] * image.shape[1] for image in scenes()[1]]
    for crop, count in zip(align(tmp_path, table, max_pixels=max(counts) - 1), counts):
        if count == max(counts):
            assert f'{count} pixels, more than max_pixels={count - 1}' in crop
        else:
            assert isinstance(crop, np.ndarray)
    assert not any(isinstance(crop, str) for crop in align(tmp_path, table, max_pixels=max(counts)))


def test_pictures_whose_crops_have_one_name(tmp_path):
    job = Job(tmp_path, tmp_path / 'out', {}, 'all', '', SETTINGS, None)
    one, two, other = (tmp_path / name for name in ('a.png', 'a_face2.png', 'a_face2.jpg'))
    assert check_names(job, [one, other, tmp_path / 'b_face2.png']) == ''
    for pictures in ([one, two], [two, one]):
        assert 'crops of the same name, a_face2.png; rename one' in check_names(job, pictures)
    assert check_names(job._replace(faces='largest'), [one, two]) == ''
    gif = tmp_path / 'a.gif'
    assert 'a.gif.png; rename' in check_names(job, [gif, tmp_path / 'a.gif.png'])


def test_several_faces_are_numbered_and_told(tmp_path):
    write_pictures(tmp_path)
    points = five()[0]
    large, small = (DetectedFace(np.array([0.0, 0, side, side]), points, 0.5) for side in (9, 4))
    job = Job(tmp_path, tmp_path / 'out', {}, 'all', '_x', SETTINGS, None)
    path = tmp_path / scenes()[0][0]
    result = align_picture(job, lambda image, path: [small, large], Task(path, False))
    assert [below(crop, job.out) for crop in result.crops] == ['in/0_x.png', 'in/0_x_face2.png']
    assert result.faces == (large, small) and all(crop.is_file() for crop in result.crops)
    # its crop is there, and by which face it is known, or not
    again = [align_picture(job, lambda *_, **__: [large], Task(path, False, known))
             for known in (True, False)]  # fmt: skip
    assert [r.status for r in again] == ['already there', 'aligned']
