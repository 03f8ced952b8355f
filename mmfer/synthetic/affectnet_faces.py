"""One face of AffectNet's layouts: its picture, and what both releases write about it."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .affect import valence_arousal
from .annotators import simulate_votes, vote_distribution
from .draw import draw_face
from .landmarks import landmarks_68
from .params import Face
from .plan import Item
from .render import Drawn, Job, write_image
from .sample import sample_face
from .scene import Scene, draw_scene

# A label's id is its position here; the last three are no expressions.
AFFECTNET_CLASSES = (
    'neutral',
    'happiness',
    'sadness',
    'surprise',
    'fear',
    'disgust',
    'anger',
    'contempt',
)
UNLABELLED = ('none', 'uncertain', 'no-face')
IDS = AFFECTNET_CLASSES + UNLABELLED
AUTO = 'auto'  # the split whose labels a machine gives
_NO_AFFECT = -2.0  # what AffectNet writes where it has no valence and arousal
_MACHINE_STREAM = 6
# Faces that annotators could not name: a faint mixture, a faint one behind something.
_HARD: dict[str, dict[str, Any]] = {
    'none': dict(blend_share=1.0, intensity=(0.2, 0.4)),
    'uncertain': dict(occlusion_share=1.0, intensity=(0.2, 0.45)),
    'no-face': {},
}
# What of a row of meta.csv holds for a picture without a face, too.
_WITHOUT_FACE = ('index', 'expression', 'blur', 'noise', 'brightness')


class Labelled(NamedTuple):
    """A drawn face with its label's id, valence and arousal (-1..1, or -2), box (x, y, width,
    height) and landmarks (68, 2), in the written picture's pixels."""

    drawn: Drawn
    label: int
    valence: float
    arousal: float
    box: tuple[int, int, int, int]
    landmarks: np.ndarray


def draw_in_scene(job: Job, item: Item) -> Labelled:
    """Draw a face in a larger picture, as the original release has it."""
    face = _face(job, item)
    return _write(job, item, face, draw_scene(face, job.size, empty=item.expression == 'no-face'))


def draw_cropped(job: Job, item: Item) -> Labelled:
    """Draw a face alone, as the new release has it."""
    face = _face(job, item)
    crop = Scene(
        draw_face(face, job.size), (0, 0, job.size, job.size), landmarks_68(face, job.size)
    )
    return _write(job, item, face, crop)


def _face(job: Job, item: Item) -> Face:
    expression = None if item.expression in UNLABELLED else item.expression
    sampling = {**job.sampling, **_HARD.get(item.expression, {})}
    return sample_face(job.seed, item.index, expression, classes=job.classes, **sampling)


def _write(job: Job, item: Item, face: Face, scene: Scene) -> Labelled:
    write_image(Path(job.root, item.path), scene.image)
    votes = simulate_votes(face, job.annotators, job.classes, other=job.other_votes).tolist()
    meta = dict(face.meta(), expression=item.expression)
    valence, arousal = valence_arousal(face)
    if item.expression == 'no-face':
        votes = [0] * (len(votes) - 1) + [job.annotators]
        meta = {name: value if name in _WITHOUT_FACE else '' for name, value in meta.items()}
    # 'none' has both in the real lists: a face moves without showing any of the eight
    if item.expression in ('uncertain', 'no-face'):
        valence = arousal = _NO_AFFECT
    name = _machine_label(face, job) if item.split == AUTO else item.expression
    return Labelled(
        Drawn(item, votes, meta),
        IDS.index(name),
        round(valence, 4),
        round(arousal, 4),
        scene.box,
        scene.landmarks,
    )


def _machine_label(face: Face, job: Job) -> str:
    """One noisy vote: wrong most often where annotators are."""
    chances = vote_distribution(face, job.classes)[:-2]
    return str(face.rng(_MACHINE_STREAM).choice(job.classes, p=chances / chances.sum()))
