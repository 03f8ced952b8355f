"""Simulated annotators: votes that spread where a face is truly ambiguous, valence and arousal."""

from collections.abc import Sequence

import numpy as np

from .face import Face, check_expressions

VOTE_STREAM, AFFECT_STREAM = 1, 4
# What an expression is mistaken for, with shares, after the confusions that the FER literature
# reports (fear and surprise, disgust and anger, contempt and neutral ...). What a class set lacks
# goes to the others in proportion.
MISTAKEN = {
    'neutral': dict(sadness=0.4, contempt=0.2, anger=0.15, happiness=0.15, surprise=0.1),
    'happiness': dict(neutral=0.5, surprise=0.3, contempt=0.2),
    'surprise': dict(fear=0.6, happiness=0.25, neutral=0.15),
    'sadness': dict(neutral=0.4, disgust=0.2, fear=0.2, anger=0.2),
    'anger': dict(disgust=0.5, neutral=0.25, sadness=0.25),
    'disgust': dict(anger=0.5, sadness=0.3, contempt=0.2),
    'fear': dict(surprise=0.6, sadness=0.25, anger=0.15),
    'contempt': dict(neutral=0.5, happiness=0.25, disgust=0.25),
}
# Where a full expression lies on the plane of valence (unpleasant .. pleasant) and arousal (calm ..
# excited): the quadrants of the circumplex (Russell, 1980), the distances chosen here.
CENTRES = {
    'neutral': (0.0, 0.0),
    'happiness': (0.8, 0.35),
    'surprise': (0.15, 0.8),
    'sadness': (-0.7, -0.35),
    'anger': (-0.6, 0.7),
    'disgust': (-0.7, 0.4),
    'fear': (-0.35, 0.85),
    'contempt': (-0.55, 0.2),
}
_SPREAD = 0.06  # deviation of the one annotator's valence and arousal


def confusion_matrix(classes: Sequence[str]) -> np.ndarray:
    """Row r: what class r is mistaken for, (K, K), zero diagonal, rows sum to 1."""
    check_expressions(classes)
    table = np.array([[MISTAKEN[true].get(seen, 0.0) for seen in classes] for true in classes])
    lonely = table.sum(1) == 0  # none of its usual confusions is in the class set
    table[lonely] = 1.0
    np.fill_diagonal(table, 0.0)
    return table / np.maximum(table.sum(1, keepdims=True), 1e-12)


def vote_distribution(face: Face, classes: Sequence[str]) -> np.ndarray:
    """Probability of one annotator's answer, (K + 2,): the classes, 'unknown', 'NF' (no face).

    A weak expression is read as neutral by some; what is weak, hidden or blurred is mistaken more
    often. A pure, full, clear expression gets about 95 % of the votes. One that is not among
    ``classes`` is a ValueError.
    """
    classes = list(classes)
    for name in filter(None, (face.expression, face.second)):
        if name not in classes:
            known = f'which annotators of {", ".join(classes)} cannot name'
            raise ValueError(f'a face shows {name!r}, {known}; sample it with these classes')
    shown = np.zeros(len(classes))
    shown[classes.index(face.expression)] = 1 - face.weight
    if face.second:
        shown[classes.index(face.second)] += face.weight
    weak = 1 - face.intensity
    if 'neutral' in classes:
        quiet = 0.75 * weak**2
        shown *= 1 - quiet
        shown[classes.index('neutral')] += quiet
    cover, blur = face.occlusion.cover, face.light.blur
    mistaken = min(0.04 + 0.25 * weak + 0.35 * cover + 4 * blur, 0.6)
    seen = (1 - mistaken) * shown + mistaken * (shown @ confusion_matrix(classes))
    unknown = min(0.005 + 0.03 * weak + 0.12 * cover, 0.3)
    no_face = 0.001 + 0.02 * cover
    return np.concatenate([seen * (1 - unknown - no_face), [unknown, no_face]])


def simulate_votes(face: Face, n: int, classes: Sequence[str], *, other: bool = True) -> np.ndarray:
    """Counts of ``n`` annotators' answers, (K + 2,) int, or (K,) without the ``other`` answers: the
    same for a face's (seed, index)."""
    chances = vote_distribution(face, classes)
    if not other:
        chances = chances[:-2] / chances[:-2].sum()
    return face.rng(VOTE_STREAM).multinomial(n, chances / chances.sum())


def valence_arousal(face: Face) -> tuple[float, float]:
    """Both in -1..1: the expressions' centres mixed as the face mixes them, times its intensity,
    plus the face's own normal deviation."""
    centre = np.array(CENTRES[face.expression]) * (1 - face.weight)
    if face.second:
        centre = centre + face.weight * np.array(CENTRES[face.second])
    answer = face.intensity * centre + face.rng(AFFECT_STREAM).normal(0, _SPREAD, size=2)
    return tuple(np.clip(answer, -1, 1).tolist())
