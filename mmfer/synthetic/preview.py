"""A contact sheet: what the faces look like, and what their annotators say."""

from collections.abc import Sequence

import cv2
import numpy as np

from .annotators import simulate_votes
from .draw import draw_face
from .face import CLASSES_8, Face
from .sample import sample_face

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
    """Draw a contact sheet, uint8 BGR, of faces by `sample_face`, which gets ``sampling``.

    One row a class with ``columns`` people, all pure expressions; below them ``blends`` rows of
    blends, each face with its annotators' votes as bars.
    """
    parts: list[np.ndarray] = []
    for row, name in enumerate([*classes, *['blends'] * blends]):
        pure = row < len(classes)
        options = dict(sampling, classes=classes, blend_share=0.0 if pure else 1.0)
        faces = [
            sample_face(seed, row * columns + column, name if pure else None, **options)
            for column in range(columns)
        ]
        label = np.full((size, _MARGIN, 3), _PAPER, np.uint8)
        _write(label, name, size // 2 + 4)
        parts.append(np.concatenate([label, *(draw_face(face, size) for face in faces)], axis=1))
        if not pure:
            parts.append(_votes(faces, classes, size))
    return np.concatenate(parts)


def _votes(faces: Sequence[Face], classes: Sequence[str], size: int) -> np.ndarray:
    height, width = 12 * len(classes) + 8, _MARGIN + len(faces) * size
    bars = np.full((height, width, 3), _PAPER, np.uint8)
    for column, face in enumerate(faces):
        left = _MARGIN + column * size + 4
        votes = simulate_votes(face, _ANNOTATORS, classes, other=False)
        for row, (name, vote) in enumerate(zip(classes, votes)):
            y = 4 + 12 * row
            if column == 0:
                _write(bars, name, y + 9)
            colour = _BAR_TOP if name in (face.expression, face.second) else _BAR
            end = left + int((size - 10) * vote / _ANNOTATORS)
            cv2.rectangle(bars, (left, y + 1), (end, y + 9), colour, cv2.FILLED)
    return bars


def _write(image: np.ndarray, text: str, y: int) -> None:
    cv2.putText(image, text, (6, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
