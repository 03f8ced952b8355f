"""Detection's geometry with a network that finds dots; YuNet itself where its file is."""

import os

import cv2
import numpy as np
import pytest

from mmfer.apis import DetectedFace, YuNetDetector
from mmfer.apis.detection import draw_faces, drop_overlaps

MIRROR = [1, 0, 2, 4, 3]


class DotNet:
    """Answers as cv2.FaceDetectorYN: one row a face, counted from the edges."""

    def __init__(self, find):
        self.find, self.seen, self.size = find, [], (32, 32)

    def setInputSize(self, size):
        self.size = size

    def detect(self, image):
        assert image.shape[1::-1] == tuple(self.size)
        assert image.shape[0] % 32 == 0 and image.shape[1] % 32 == 0
        self.seen.append(image.shape[:2])
        self.last = image
        points = self.find(image)
        if points is None:
            return 1, None
        points = points + 0.5
        low, high = points.min(0), points.max(0)
        return 1, np.array([[*low, *(high - low), *points.ravel(), 0.9]], np.float32)


@pytest.fixture
def detector(find, monkeypatch, tmp_path):
    """Returns a function that makes a YuNetDetector with that network."""
    model = tmp_path / 'net.onnx'
    model.write_bytes(b'dots')

    def make(**settings):
        net = DotNet(find)
        monkeypatch.setattr(cv2.FaceDetectorYN, 'create', lambda *_: net)
        made = YuNetDetector(str(model), **settings)
        net.seen.clear()
        return made, net

    return make


@pytest.mark.parametrize('refine', [(), (320, 448)])
@pytest.mark.parametrize(
    'shape, matrix',
    [
        ((48, 48), [(0.5, 0, 0), (0, 0.5, 0)]),
        ((70, 50), [(0.5, 0.1, -5), (-0.1, 0.5, 12)]),
        ((300, 420), [(2, 0.5, 60), (-0.5, 2, 90)]),
        ((900, 700), [(4, -1, 150), (1, 4, 200)]),
    ],
)
def test_points_come_back_in_the_pictures_pixels(dots, detector, shape, matrix, refine):
    image, points = dots(matrix, shape)
    yunet, _ = detector(refine=refine)
    (face,) = yunet(image)
    scale = np.hypot(*np.array(matrix)[:, 0])
    # A tenth of a dot's radius.
    assert np.abs(face.points - points).max() < 0.4 * scale
    low, high = points.min(0), points.max(0)
    np.testing.assert_allclose(face.box, [*low, *(high - low)], atol=0.4 * scale)
    assert face.score == pytest.approx(0.9)


def test_a_mirror_image_gives_mirrored_points(dots, detector):
    image, _ = dots([(1, 0.1, 3), (-0.1, 1, 20)], (130, 117))
    yunet, _ = detector()
    (face,) = yunet(image)
    (other,) = yunet(np.ascontiguousarray(image[:, ::-1]))
    mirrored = other.points[MIRROR] * (-1, 1) + (116, 0)
    np.testing.assert_allclose(mirrored, face.points, atol=0.02)


@pytest.mark.parametrize(
    'side, looks',
    [
        (48, [(480, 480)]),  # enlarged to 320, and a border
        (512, [(480, 480), (512, 512)]),
        (1500, [(480, 480), (640, 640)]),  # never above max_side
    ],
)
def test_how_large_it_looks(dots, detector, side, looks):
    image, _ = dots([(side / 110, 0, 2), (0, side / 110, 2)], (side, side))
    yunet, net = detector(refine=())
    assert len(yunet(image)) == 1
    assert net.seen == looks


def test_the_picture_lies_in_the_middle(detector):
    yunet, net = detector()
    yunet(np.full((31, 48, 3), 255, np.uint8))
    (top, left), (bottom, right) = (
        edges(np.argwhere(net.last[..., 0] > 127))
        for edges in (lambda i: i.min(0), lambda i: i.max(0))
    )
    height, width = net.last.shape[:2]
    assert (bottom - top + 1, right - left + 1) == (207, 320)  # 31 / 48 of 320
    assert abs(top - (height - 1 - bottom)) <= 1 and left == width - 1 - right
    assert min(top, left) >= 80  # a quarter of 320


def test_no_face(detector):
    yunet, _ = detector()
    assert yunet(np.zeros((60, 80, 3), np.uint8)) == []


@pytest.mark.parametrize(
    'image',
    [
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((0, 9, 3), np.uint8),
        np.zeros((9, 9, 3), np.float32),
    ],
)
def test_images_of_another_kind(detector, image):
    with pytest.raises(ValueError, match=r'expected \(H, W, 3\) uint8, BGR'):
        detector()[0](image)


@pytest.mark.parametrize(
    'settings, message',
    [
        (dict(score_threshold=1.5), 'score_threshold=1.5; allowed: 0 to 1'),
        (dict(nms_threshold=-1), 'nms_threshold=-1'),
        (dict(max_side=16), 'max_side=16'),
        (dict(refine=(320, 8)), r'refine=\(320, 8\)'),
    ],
)
def test_settings_that_cannot_work(detector, settings, message):
    with pytest.raises(ValueError, match=message):
        detector(**settings)


def test_files_that_are_no_model(tmp_path):
    with pytest.raises(FileNotFoundError, match='model zoo .folder face_detection_yunet'):
        YuNetDetector(str(tmp_path / 'no.onnx'))
    path = tmp_path / 'text.onnx'
    path.write_text('not a network')
    with pytest.raises(ValueError, match='text.onnx.* is not a YuNet'):
        YuNetDetector(str(path))


def test_overlaps_of_the_two_looks():
    def face(*box, score):
        return DetectedFace(np.array(box, float), None, score)

    whole = face(0, 0, 100, 100, score=0.9)
    again = face(5, 5, 95, 100, score=0.8)
    part = face(10, 10, 30, 30, score=0.7)
    beside = face(80, 0, 100, 100, score=0.95)
    assert drop_overlaps([part, again, whole, beside]) == [beside, whole]
    assert drop_overlaps([]) == []


@pytest.mark.parametrize('ratio', [0.5, 2])
def test_marks_are_at_the_faces(ratio):
    image = np.full((40, 80, 3), 255, np.uint8)
    points = np.array([(20, 12), (40, 12), (30, 20), (24, 28), (36, 28)])
    face = DetectedFace(np.array([10, 5, 40, 30]), points, 0.9)
    drawn = draw_faces(image, [face], round(80 * ratio))
    assert drawn.shape == (40 * ratio, 80 * ratio, 3)
    assert (image == 255).all()  # a copy
    rows, columns = np.nonzero((drawn != 255).any(-1))
    # The box from 10 to 50 and from 5 to 35, counted from pixels' centres.
    assert columns.min() == round(10.5 * ratio - 0.5) and columns.max() == round(50.5 * ratio - 0.5)
    assert rows.min() == round(5.5 * ratio - 0.5) and rows.max() == round(35.5 * ratio - 0.5)
    for x, y in ((points + 0.5) * ratio - 0.5).round().astype(int):
        assert drawn[y, x].tolist() == [80, 220, 60]
    assert draw_faces(image, [], 80).min() == 255


# --- YuNet itself


@pytest.fixture(scope='module')
def yunet():
    path = os.environ.get('MMFER_YUNET')
    if not path:
        pytest.skip('MMFER_YUNET does not name a YuNet model')
    return YuNetDetector(path)


@pytest.fixture(scope='module')
def astronaut():
    import skimage.data

    return np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])


def test_yunet_on_a_photograph(yunet, astronaut):
    (face,) = yunet(astronaut)
    left, right, nose, mouth_left, mouth_right = face.points
    # The pupils, read off the enlarged picture; their distance is 44 pixels.
    assert np.linalg.norm(left - (202.6, 100.6)) < 3
    assert np.linalg.norm(right - (247, 103)) < 3
    assert left[0] < nose[0] < right[0] and mouth_left[0] < mouth_right[0]
    assert left[1] < nose[1] < mouth_left[1]
    assert face.score > 0.9
    assert (face.points > face.box[:2]).all() and (face.points < face.box[:2] + face.box[2:]).all()


@pytest.mark.parametrize('side', [128, 256, 1024, 2048])
def test_yunet_at_other_sizes(yunet, astronaut, side):
    (reference,) = yunet(astronaut)
    resized = cv2.resize(
        astronaut, (side, side), interpolation=cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC
    )
    (face,) = yunet(resized)
    points = (face.points + 0.5) * 512 / side - 0.5
    assert np.abs(points - reference.points).max() < 0.06 * 44


@pytest.mark.parametrize('side', [48, 1000])
def test_yunet_on_a_face_that_fills_the_frame(yunet, astronaut, side):
    crop = cv2.resize(
        astronaut[60:180, 165:285],
        (side, side),
        interpolation=cv2.INTER_AREA if side < 120 else cv2.INTER_CUBIC,
    )
    (face,) = yunet(crop)
    eyes = (face.points[:2] + 0.5) * 120 / side - 0.5 + (165, 60)
    assert np.linalg.norm(eyes - [(202.6, 100.6), (247, 103)], axis=1).max() < 4
