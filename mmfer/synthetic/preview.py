"""A contact sheet: what the faces look like, and what their annotators say."""

from collections.abc import Sequence

import cv2
import numpy as np

from .annotators import simulate_votes
from .draw import draw_face
from .params import Face
from .sample import CLASSES_8, sample_face

_PAPER, _INK, _BAR, _BAR_TOP = (250, 250, 250), (40, 40, 40), (190, 180, 170), (90, 110, 220)
_MARGIN = 92  # pixels at the left, for the class's name
_ANNOTATORS = 40


def preview_sheet(
    seed: int = 0,
    *,
    size: int = 96,
    columns: int = 8,
    classes: Sequence[str] = CLASSES_8,
    blends: int = 2,
    **sampling,
) -> np.ndarray:
    """Draw a contact sheet, uint8 BGR.

    One row a class with ``columns`` people, all pure expressions; below them ``blends`` rows of
    blends, each face with its annotators' votes as bars.

    Args:
        sampling: Further arguments of `sample_face`.
    """
    width = _MARGIN + columns * size
    parts: list[np.ndarray] = []
    options = dict(sampling, classes=classes)
    for row, name in enumerate(classes):
        faces = [
            sample_face(seed, row * columns + column, name, **dict(options, blend_share=0.0))
            for column in range(columns)
        ]
        parts.append(_row(name, [draw_face(face, size) for face in faces], size))
    first = len(classes) * columns
    for row in range(blends):
        faces = [
            sample_face(seed, first + row * columns + column, **dict(options, blend_share=1.0))
            for column in range(columns)
        ]
        parts.append(_row('blends', [draw_face(face, size) for face in faces], size))
        bars = np.full((12 * len(classes) + 8, width, 3), _PAPER, np.uint8)
        for column, face in enumerate(faces):
            _draw_votes(bars, face, classes, _MARGIN + column * size, size, names=column == 0)
        parts.append(bars)
    return np.concatenate(parts)


def _row(name: str, pictures: Sequence[np.ndarray], size: int) -> np.ndarray:
    label = np.full((size, _MARGIN, 3), _PAPER, np.uint8)
    _write(label, name, 6, size // 2 + 4)
    return np.concatenate([label, *pictures], axis=1)


def _draw_votes(
    bars: np.ndarray, face: Face, classes: Sequence[str], left: int, size: int, names: bool
) -> None:
    votes = simulate_votes(face, _ANNOTATORS, classes, other=False)
    for row, (name, vote) in enumerate(zip(classes, votes)):
        y = 4 + 12 * row
        if names:
            _write(bars, name, 6, y + 9)
        colour = _BAR_TOP if name in (face.expression, face.second) else _BAR
        end = left + 4 + int((size - 10) * vote / _ANNOTATORS)
        cv2.rectangle(bars, (left + 4, y + 1), (end, y + 9), colour, cv2.FILLED)


def _write(image: np.ndarray, text: str, x: int, y: int) -> None:
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
