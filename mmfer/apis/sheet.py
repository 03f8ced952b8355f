"""Picture files, and a contact sheet of pictures beside their aligned crops."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..utils.files import write_whole
from .alignment import AlignedFaces

TILE = 128  # a tile's side, pixels
_PAPER, _INK, _MARK = (250, 250, 250), (40, 40, 40), (80, 220, 60)  # BGR


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


def draw_pair(image: np.ndarray, aligned: AlignedFaces, name: str) -> np.ndarray:
    """A picture with its faces' boxes and points, the first crop, the name.

    Returns:
        (TILE + 16, 2 TILE + 12, 3) uint8 BGR.
    """
    pair = np.full((TILE + 16, 2 * TILE + 12, 3), _PAPER, np.uint8)
    ratio = TILE / max(image.shape[:2])
    before = _resize(image, ratio)
    for face in aligned.faces:
        corner = (face.box[:2] + 0.5) * ratio - 0.5
        ends = np.stack([corner, corner + face.box[2:] * ratio])
        cv2.rectangle(before, *ends.round().astype(int).tolist(), _MARK, 1)
        for point in ((face.points + 0.5) * ratio - 0.5).round().astype(int):
            cv2.circle(before, point.tolist(), 2, _MARK, cv2.FILLED, cv2.LINE_AA)
    height, width = before.shape[:2]
    top, left = (TILE - height) // 2, (TILE - width) // 2
    pair[top : top + height, left : left + width] = before
    if aligned.crops:
        crop = aligned.crops[0]
        pair[:TILE, TILE + 2 : 2 * TILE + 2] = _resize(crop, TILE / len(crop))
    else:
        _write(pair, 'no face', TILE + 38, TILE // 2 + 4)
    _write(pair, name[-40:], 2, TILE + 11)
    return pair


def pair_sheet(pairs: Sequence[np.ndarray], columns: int = 4) -> np.ndarray:
    """Pairs of one size in rows.

    >>> pair_sheet([np.zeros((3, 5, 3), np.uint8)] * 5, columns=2).shape
    (9, 10, 3)
    """
    columns = min(columns, len(pairs))
    blank = np.full_like(pairs[0], _PAPER)
    filled: list[np.ndarray] = [*pairs, *[blank] * (-len(pairs) % columns)]
    return np.vstack([np.hstack(filled[i : i + columns]) for i in range(0, len(filled), columns)])


def _resize(image: np.ndarray, ratio: float) -> np.ndarray:
    height, width = (max(round(side * ratio), 1) for side in image.shape[:2])
    return cv2.resize(
        image, (width, height), interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    )


def _write(image: np.ndarray, text: str, x: int, y: int) -> None:
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.36, _INK, 1, cv2.LINE_AA)
