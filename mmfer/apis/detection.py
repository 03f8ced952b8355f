"""Finding faces, by any callable from a picture to faces; and drawing them."""

import os.path as osp
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mmfer.functional.align import apply_transform, face_template, similarity_from_points
from mmfer.utils.images import warp_to_crop

_STRIDE = 32  # YuNet's coarsest; OpenCV fills up to it, on two sides only
_CLOSE_UP = 320  # side, pixels, at which faces that fill the frame are found
_BORDER = 0.25  # black border of the close-up, share of its side
_MARGIN = 0.25  # around the template where points are looked at again
_MIRRORED = [1, 0, 2, 4, 3]  # the five points of the mirror image
_MARK = (80, 220, 60)  # of drawn boxes and points, BGR


@dataclass(frozen=True)
class DetectedFace:
    """A face in pixels, the centre of the first pixel being (0, 0).

    Attributes:
        box: (4,) x, y, width, height.
        points: (5, 2), the (picture's) left eye, right eye, nose tip, left and right mouth corner;
            or None where the detector gives none.
        score: the detector's confidence, 0 to 1.
    """

    box: np.ndarray
    points: np.ndarray | None
    score: float


# image (H, W, 3) uint8 BGR -> faces, best score first
Detector = Callable[[np.ndarray], list[DetectedFace]]


class YuNetDetector:
    """YuNet (Machine Intelligence Research 2023) through OpenCV.

    A picture is looked at twice: reduced to ``max_side`` (never enlarged), and as a close-up, 320
    px with a black border around, for the network misses most faces above some 300 px, and more of
    those that the frame cuts. Of 300 FERPlus crops it finds 85 % as they are (48 px), 98 % as a
    close-up.

    Its points tremble: a face that is turned, scaled and moved gives points some 5 % of the eyes'
    distance apart. So each face is aligned by what was found and looked at again, with its mirror
    image, at the sizes of ``refine``; the means of these points are 1.6 % apart.

    Args:
        model: the ONNX file, from OpenCV's model zoo (its folder face_detection_yunet).
        score_threshold: faces below are left out.
        nms_threshold: of two boxes that overlap by more than this share of their union, OpenCV
            keeps the better.
        max_side: of the first look, pixels. Faces below about 10 px at that size stay unseen: raise
            it for group photographs.
        refine: sides, pixels, at which a face's points are found again; () keeps the first points,
            which is several times faster.

    Raises:
        FileNotFoundError: where the file is missing.
        ValueError: where it is no such network, or on a threshold outside [0, 1] or a side below
            32.
    """

    def __init__(
        self,
        model: str,
        score_threshold: float = 0.6,
        nms_threshold: float = 0.3,
        max_side: int = 640,
        refine: Sequence[int] = (320, 448),
    ):
        if not osp.isfile(model):
            raise FileNotFoundError(
                f"no face detector at {str(model)!r}. It is YuNet of OpenCV's model zoo (folder "
                'face_detection_yunet, an .onnx file of 0.2 to 0.4 MB); download it and give its '
                'path'
            )
        thresholds = dict(score_threshold=score_threshold, nms_threshold=nms_threshold)
        for name, value in thresholds.items():
            if not 0 <= value <= 1:
                raise ValueError(f'{name}={value}; allowed: 0 to 1')
        self.max_side = max_side
        self.refine = tuple(refine)
        if min((max_side, *refine)) < _STRIDE:
            sides = f'max_side={max_side}, refine={self.refine}'
            raise ValueError(f'{sides}; sides below {_STRIDE} px show no face')
        try:
            with _quiet():
                size = (_STRIDE, _STRIDE)
                settings = ('', size, score_threshold, nms_threshold, 5000)
                self._net = cv2.FaceDetectorYN.create(str(model), *settings)
                self._net.detect(np.zeros((*size, 3), np.uint8))
        except cv2.error as error:
            raise ValueError(
                f'{str(model)!r} is not a YuNet that OpenCV {cv2.__version__} reads; give the '
                f".onnx file of the model zoo's face_detection_yunet ({str(error).strip()})"
            ) from error

    def __call__(self, image: np.ndarray) -> list[DetectedFace]:
        """Faces in (H, W, 3) uint8 BGR, the best score first."""
        check_image(image)
        longer = max(image.shape[:2])
        found = self._look(image, _CLOSE_UP, _BORDER)
        if longer > _CLOSE_UP:
            found += self._look(image, min(longer, self.max_side), 0.0)
        faces = drop_overlaps(found)
        return [replace(face, points=self._look_again(image, face.points)) for face in faces]

    def _look(self, image: np.ndarray, side: int, border: float) -> list[DetectedFace]:
        """Detect with the longer side at ``side`` pixels."""
        resized = _resize(image, side / max(image.shape[:2]))
        # Filled up evenly: a mirror image is to give mirrored points.
        down, across = (_fill_up(s, round(border * side)) for s in resized.shape[:2])
        filled = cv2.copyMakeBorder(resized, *down, *across, cv2.BORDER_CONSTANT)
        self._net.setInputSize((filled.shape[1], filled.shape[0]))
        _, rows = self._net.detect(filled)
        scale = np.divide(image.shape[1::-1], resized.shape[1::-1])
        start = np.array([across[0], down[0]])
        faces = []
        for row in [] if rows is None else rows.astype(np.float64):
            # YuNet counts from the outer edge (measured: a point's x and its mirror image's add up
            # to the width), hence half a pixel less.
            points = (row[4:14].reshape(5, 2) - start) * scale - 0.5
            box = np.concatenate([(row[:2] - start) * scale - 0.5, row[2:4] * scale])
            faces.append(DetectedFace(box, points, float(row[14])))
        return faces

    def _look_again(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The mean of the points found in the aligned face, both ways round."""
        found = []
        for side in self.refine:
            matrix = similarity_from_points(points, face_template('arcface', side, _MARGIN))
            back = similarity_from_points(apply_transform(matrix, points), points)
            crop = warp_to_crop(image, matrix, side)
            for mirrored in (False, True):
                view = np.ascontiguousarray(crop[:, ::-1]) if mirrored else crop
                faces = self._look(view, side, 0.0)
                if not faces:
                    continue
                again = min(faces, key=lambda face: off_centre(face, view.shape)).points
                if mirrored:
                    again = again[_MIRRORED]
                    again[:, 0] = side - 1 - again[:, 0]
                found.append(apply_transform(back, again))
        return np.mean(found, axis=0) if found else points


def check_image(image: np.ndarray) -> None:
    """Raise ValueError unless an image is (H, W, 3) uint8 with pixels."""
    if image.ndim != 3 or image.shape[2] != 3 or not image.size or image.dtype != np.uint8:
        shape = f'{image.shape}, {image.dtype}'
        raise ValueError(f'an image of shape {shape}; expected (H, W, 3) uint8, BGR')


def drop_overlaps(faces: Sequence[DetectedFace]) -> list[DetectedFace]:
    """Best first, without those whose box shares more than half of the smaller one with a better
    face's. Not of the union: a look may take a part of a large face for a small one."""
    kept: list[DetectedFace] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(_overlap(face.box, other.box) <= 0.5 for other in kept):
            kept.append(face)
    return kept


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over the smaller box's area."""
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    smaller = min(a[2] * a[3], b[2] * b[3])
    return float(np.maximum(sides, 0).prod() / max(smaller, 1e-9))


def draw_faces(image: np.ndarray, faces: Sequence[DetectedFace], side: int) -> np.ndarray:
    """A copy of (H, W, 3) uint8 BGR, its longer side ``side`` pixels, with boxes and points."""
    ratio = side / max(image.shape[:2])
    drawn = _resize(image, ratio)

    def place(points: np.ndarray) -> list:
        return ((points + 0.5) * ratio - 0.5).round().astype(int).tolist()

    for face in faces:
        cv2.rectangle(drawn, place(face.box[:2]), place(face.box[:2] + face.box[2:]), _MARK, 1)
        for point in place(face.points):
            cv2.circle(drawn, point, 2, _MARK, cv2.FILLED, cv2.LINE_AA)
    return drawn


def _resize(image: np.ndarray, ratio: float) -> np.ndarray:
    height, width = (max(round(length * ratio), 1) for length in image.shape[:2])
    method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=method)


def off_centre(face: DetectedFace, shape: tuple[int, ...]) -> float:
    """Distance of a box's centre from that of a picture (H, W, ...), pixels."""
    middle = (np.array(shape[1::-1]) - 1) / 2
    return float(np.linalg.norm(face.box[:2] + face.box[2:] / 2 - middle))


def _fill_up(length: int, border: int) -> tuple[int, int]:
    """Borders before and after that make a multiple of the stride."""
    total = -(-(length + 2 * border) // _STRIDE) * _STRIDE - length
    return total // 2, total - total // 2


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV 5 warns at every start that it ignores the network's target."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
