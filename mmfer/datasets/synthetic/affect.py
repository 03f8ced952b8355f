"""Valence and arousal of a drawn face."""
from typing import Tuple

import numpy as np

from .params import Face

AFFECT_STREAM = 4
# Where a full expression lies on the plane of valence (unpleasant .. pleasant) and
# arousal (calm .. excited): the quadrants of the circumplex (Russell, 1980), the
# distances chosen here.
CENTRES = {
    'neutral': (0., 0.), 'happiness': (.8, .35), 'surprise': (.15, .8), 'sadness': (-.7, -.35),
    'anger': (-.6, .7), 'disgust': (-.7, .4), 'fear': (-.35, .85), 'contempt': (-.55, .2),
}
_SPREAD = .06                # deviation of the one annotator's answer


def valence_arousal(face: Face) -> Tuple[float, float]:
    """Both in -1..1: the expressions' centres mixed as the face mixes them, times its intensity,
    plus the face's own normal deviation."""
    centre = np.array(CENTRES[face.expression]) * (1 - face.weight)
    if face.second:
        centre = centre + face.weight * np.array(CENTRES[face.second])
    answer = face.intensity * centre + face.rng(AFFECT_STREAM).normal(0, _SPREAD, size=2)
    valence, arousal = np.clip(answer, -1, 1).tolist()
    return valence, arousal
