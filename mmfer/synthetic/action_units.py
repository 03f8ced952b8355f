"""Expressions as intensities of facial action units (FACS, Ekman and Friesen 1978).

An intensity is in 0..1 (FACS levels A..E). A face has two of each, one per side of the picture,
because contempt and disgust are one-sided.
"""

from collections.abc import Sequence

import numpy as np

UNITS = (
    'AU1',
    'AU2',
    'AU4',
    'AU5',
    'AU6',
    'AU7',
    'AU9',
    'AU10',
    'AU12',
    'AU14',
    'AU15',
    'AU16',
    'AU17',
    'AU20',
    'AU23',
    'AU24',
    'AU25',
    'AU26',
)
ROW = {name: row for row, name in enumerate(UNITS)}

Recipe = dict[str, float | tuple[float, float]]

# Several recipes an expression: people do not smile all alike. A pair is (left, right) of the
# picture; `sample.py` mirrors half of the faces.
RECIPES: dict[str, tuple[Recipe, ...]] = {
    'neutral': (
        dict(),
        dict(AU25=0.15),
        dict(AU4=0.08, AU24=0.08),
    ),
    'happiness': (
        dict(AU6=0.8, AU12=0.9),
        dict(AU6=0.9, AU12=1.0, AU25=0.9, AU26=0.12),
        dict(AU6=1.0, AU7=0.2, AU12=1.0, AU25=1.0, AU26=0.45),
    ),
    'surprise': (
        dict(AU1=1.0, AU2=1.0, AU5=0.7, AU25=1.0, AU26=1.0),
        dict(AU1=0.9, AU2=1.0, AU5=0.9, AU25=1.0, AU26=0.65),
    ),
    'sadness': (
        dict(AU1=1.0, AU4=0.45, AU15=1.0, AU17=0.5),
        dict(AU1=1.0, AU4=0.6, AU7=0.2, AU15=0.9, AU17=0.8, AU24=0.2),
        dict(AU1=0.9, AU4=0.4, AU15=1.0, AU25=0.35),
    ),
    'anger': (
        dict(AU4=1.0, AU5=0.5, AU7=0.6, AU23=0.8, AU24=0.9),
        dict(AU4=1.0, AU5=0.3, AU7=0.8, AU17=0.5, AU23=0.7, AU24=1.0),
        dict(AU4=1.0, AU5=0.6, AU7=0.5, AU10=0.5, AU16=0.8, AU23=0.4, AU25=1.0, AU26=0.15),
    ),
    'disgust': (
        dict(AU4=0.35, AU6=0.3, AU7=0.7, AU9=1.0, AU10=(1.0, 0.6), AU15=0.4, AU17=0.5),
        dict(AU4=0.45, AU7=0.8, AU9=1.0, AU10=(0.9, 0.9), AU15=0.3, AU16=0.5, AU25=0.6),
        dict(AU4=0.3, AU7=0.6, AU9=0.9, AU10=(1.0, 0.2), AU15=(0.2, 0.5), AU17=0.3),
    ),
    'fear': (
        dict(AU1=1.0, AU2=0.45, AU4=0.65, AU5=1.0, AU20=1.0, AU25=1.0, AU26=0.25),
        dict(AU1=1.0, AU2=0.5, AU4=0.7, AU5=1.0, AU20=0.9, AU25=1.0, AU26=0.5),
    ),
    'contempt': (
        dict(AU2=(0.0, 0.7), AU7=0.4, AU12=(0.0, 0.9), AU14=(0.0, 1.0), AU15=(0.2, 0.0)),
        dict(
            AU2=(0.1, 0.5),
            AU4=(0.35, 0.0),
            AU7=0.5,
            AU12=(0.0, 0.85),
            AU14=(0.0, 1.0),
            AU15=(0.2, 0.0),
            AU24=0.4,
        ),
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

    ``weight`` is the second expression's share, 0..0.5; ``intensity`` 0 is a neutral face, 1 the
    full expression.
    """
    return intensity * ((1 - weight) * dominant + weight * second)
