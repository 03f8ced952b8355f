"""Expressions as intensities of facial action units (FACS, Ekman and Friesen 1978).

An intensity is in 0..1 (FACS levels A..E). A face has two of each, one per side
of the picture, because contempt and disgust are one-sided.
"""
from typing import Dict, Sequence, Tuple, Union

import numpy as np

UNITS = ('AU1', 'AU2', 'AU4', 'AU5', 'AU6', 'AU7', 'AU9', 'AU10', 'AU12', 'AU14', 'AU15', 'AU16',
         'AU17', 'AU20', 'AU23', 'AU24', 'AU25', 'AU26')
ROW = {name: row for row, name in enumerate(UNITS)}

Recipe = Dict[str, Union[float, Tuple[float, float]]]

# Several recipes an expression: people do not smile all alike. A pair is
# (left, right) of the picture; `sample.py` mirrors half of the faces.
RECIPES: Dict[str, Tuple[Recipe, ...]] = {
    'neutral': (
        dict(),
        dict(AU25=.15),
        dict(AU4=.08, AU24=.08),
    ),
    'happiness': (
        dict(AU6=.8, AU12=.9),
        dict(AU6=.9, AU12=1., AU25=.9, AU26=.12),
        dict(AU6=1., AU7=.2, AU12=1., AU25=1., AU26=.45),
    ),
    'surprise': (
        dict(AU1=1., AU2=1., AU5=.7, AU25=1., AU26=1.),
        dict(AU1=.9, AU2=1., AU5=.9, AU25=1., AU26=.65),
    ),
    'sadness': (
        dict(AU1=1., AU4=.45, AU15=1., AU17=.5),
        dict(AU1=1., AU4=.6, AU7=.2, AU15=.9, AU17=.8, AU24=.2),
        dict(AU1=.9, AU4=.4, AU15=1., AU25=.35),
    ),
    'anger': (
        dict(AU4=1., AU5=.5, AU7=.6, AU23=.8, AU24=.9),
        dict(AU4=1., AU5=.3, AU7=.8, AU17=.5, AU23=.7, AU24=1.),
        dict(AU4=1., AU5=.6, AU7=.5, AU10=.5, AU16=.8, AU23=.4, AU25=1., AU26=.15),
    ),
    'disgust': (
        dict(AU4=.35, AU6=.3, AU7=.7, AU9=1., AU10=(1., .6), AU15=.4, AU17=.5),
        dict(AU4=.45, AU7=.8, AU9=1., AU10=(.9, .9), AU15=.3, AU16=.5, AU25=.6),
        dict(AU4=.3, AU7=.6, AU9=.9, AU10=(1., .2), AU15=(.2, .5), AU17=.3),
    ),
    'fear': (
        dict(AU1=1., AU2=.45, AU4=.65, AU5=1., AU20=1., AU25=1., AU26=.25),
        dict(AU1=1., AU2=.5, AU4=.7, AU5=1., AU20=.9, AU25=1., AU26=.5),
    ),
    'contempt': (
        dict(AU2=(0., .7), AU7=.4, AU12=(0., .9), AU14=(0., 1.), AU15=(.2, 0.)),
        dict(AU2=(.1, .5), AU4=(.35, 0.), AU7=.5, AU12=(0., .85), AU14=(0., 1.), AU15=(.2, 0.),
             AU24=.4),
    ),
}
EXPRESSIONS = tuple(RECIPES)


def check_expressions(names: Sequence[str]) -> None:
    """Raise ValueError, naming what is allowed, when one of ``names`` is unknown."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise ValueError(f'unknown expression {unknown[0]!r}; allowed: {", ".join(EXPRESSIONS)}')


def expression_units(name: str, variant: int = 0) -> np.ndarray:
    """Full-intensity action units of an expression, (len(UNITS), 2) in 0..1.

    ``variant`` picks one of the expression's recipes, modulo their number.

    >>> expression_units('surprise')[ROW['AU26']].tolist()
    [1.0, 1.0]
    """
    check_expressions([name])
    recipe = RECIPES[name][variant % len(RECIPES[name])]
    units = np.zeros((len(UNITS), 2))
    for unit, value in recipe.items():
        units[ROW[unit]] = value
    return units


def blend(dominant: np.ndarray, second: np.ndarray, weight: float, intensity: float) -> np.ndarray:
    """Mix two expressions: intensity * ((1 - weight) * dominant + weight * second).

    ``weight`` is the second expression's share, 0..0.5; ``intensity`` 0 is a
    neutral face, 1 the full expression.
    """
    return intensity * ((1 - weight) * dominant + weight * second)
