"""Picture files, and pictures with their faces drawn in."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..utils.files import write_whole
from .detection import DetectedFace

_MARK = (80, 220, 60)  # BGR


def read_image(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, or None where it is no picture; for any path (cv2.imread opens not all
    on every system)."""
    data = np.frombuffer(path.read_bytes(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture in one step: a stopped run leaves no half of one.

    Its folder is made. JPEG in quality 95.

    Raises:
        OSError: where it cannot be encoded or written.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix.lower() in ('.jpg', '.jpeg') else []
    try:
        done, code = cv2.imencode(path.suffix, image, options)
    except cv2.error:
        done = False
    if not done:
        raise OSError(f'{str(path)!r}: OpenCV writes no {path.suffix!r}; use .png or .jpg')
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, code.tobytes())


def draw_faces(image: np.ndarray, faces: Sequence[DetectedFace], side: int) -> np.ndarray:
    """A copy of (H, W, 3) uint8 BGR, its longer side ``side`` pixels, with boxes and points."""
    ratio = side / max(image.shape[:2])
    height, width = (max(round(length * ratio), 1) for length in image.shape[:2])
    method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    drawn = cv2.resize(image, (width, height), interpolation=method)

    def place(points: np.ndarray) -> list:
        return ((points + 0.5) * ratio - 0.5).round().astype(int).tolist()

    for face in faces:
        cv2.rectangle(drawn, place(face.box[:2]), place(face.box[:2] + face.box[2:]), _MARK, 1)
        for point in place(face.points):
            cv2.circle(drawn, point, 2, _MARK, cv2.FILLED, cv2.LINE_AA)
    return drawn
