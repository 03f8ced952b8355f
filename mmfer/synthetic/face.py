"""What a synthetic face is made of, without any drawing: an expression, a person, how it is met.

Lengths are in face units: the origin lies between nose and eyes, x grows to the right of the
picture, y downwards, and half an average face's width is 1. Angles are in degrees, colours BGR in
0..255.

Expressions are intensities of facial action units (FACS, Ekman and Friesen 1978), in 0..1 (FACS
levels A..E). A face has two of each, one per side of the picture, because contempt and disgust are
one-sided.
"""

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

ActionUnits = namedtuple(
    'ActionUnits',
    'AU1 AU2 AU4 AU5 AU6 AU7 AU9 AU10 AU12 AU14 AU15 AU16 AU17 AU20 AU23 AU24 AU25 AU26',
)
UNITS = ActionUnits._fields
# Several recipes an expression: people do not smile all alike. A pair is (left, right) of the
# picture; `sample.py` mirrors half of the faces.
RECIPES: dict[str, tuple[dict[str, float | tuple[float, float]], ...]] = {
    'neutral': (dict(), dict(AU25=0.15), dict(AU4=0.08, AU24=0.08)),
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
        dict(AU2=(0, 0.7), AU7=0.4, AU12=(0, 0.9), AU14=(0, 1.0), AU15=(0.2, 0)),
        dict(AU2=(0.1, 0.5), AU4=(0.35, 0), AU7=0.5, AU12=(0, 0.85), AU14=(0, 1.0))
        | dict(AU15=(0.2, 0), AU24=0.4),
    ),
}
EXPRESSIONS = tuple(RECIPES)
CLASSES_7, CLASSES_8 = EXPRESSIONS[:7], EXPRESSIONS
Colour = tuple[float, float, float]


def check_expressions(names: Sequence[str]) -> None:
    """Raise ValueError, naming what is allowed, when one of ``names`` is unknown."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise ValueError(f'unknown expression {unknown[0]!r}; allowed: {", ".join(EXPRESSIONS)}')


def expression_units(name: str, variant: int = 0) -> np.ndarray:
    """Full-intensity action units, (len(UNITS), 2) in 0..1, of an expression's recipe ``variant``,
    modulo their number.

    >>> expression_units('surprise')[UNITS.index('AU26')].tolist()
    [1.0, 1.0]
    """
    check_expressions([name])
    units = np.zeros((len(UNITS), 2))
    for unit, value in RECIPES[name][variant % len(RECIPES[name])].items():
        units[UNITS.index(unit)] = value
    return units


def blend(dominant: np.ndarray, second: np.ndarray, weight: float, intensity: float) -> np.ndarray:
    """Mix two expressions; an ``intensity`` of 0 is a neutral face, 1 the full expression."""
    return intensity * ((1 - weight) * dominant + weight * second)


class Identity(NamedTuple):
    """The traits that an expression does not change."""

    skin: Colour
    hair: Colour
    iris: Colour
    lip_tint: float  # 0 bare lips .. 1 lipstick
    width: float  # half width of the face
    jaw: float  # half width at the mouth, as a share of `width`
    chin: float  # y of the chin
    eye_x: float  # distance of an eye from the middle
    eye_size: float  # factor
    eye_tilt: float  # outer corner's rise
    brow_y: float
    brow_thick: float
    brow_arch: float
    nose_width: float
    nose_y: float
    mouth_y: float
    mouth_width: float  # half width
    lip: float  # thickness of a lip
    age: float  # strength of the wrinkles, 0..1
    style: str  # one of worn.HAIR_STYLES
    beard: str  # one of worn.BEARDS
    glasses: bool


class Pose(NamedTuple):
    roll: float  # in the picture's plane, degrees
    yaw: float  # degrees, positive looks to the right of the picture
    pitch: float  # degrees, positive looks up
    scale: float  # factor
    shift: tuple[float, float]  # shares of the picture's side
    gaze: tuple[float, float]  # of the irises, face units


class Light(NamedTuple):
    direction: tuple[float, float, float]  # unit vector to the lamp
    contrast: float  # of the shading, 0 flat .. 1 hard
    brightness: float  # factor
    background: Colour
    clothes: Colour
    blur: float  # sigma, share of the picture's side
    noise: float  # sigma, grey levels


class Occlusion(NamedTuple):
    kind: str = 'none'  # one of worn.KINDS
    level: float = 0.0  # 0..1, size of the thing
    side: int = 1  # -1 from the left of the picture, 1 from the right
    colour: Colour = (0.0, 0.0, 0.0)
    cover: float = 0.0  # share of the facial landmarks that it hides


class Face(NamedTuple):
    """One synthetic face; (seed, index) name it and seed its pixel noise and its votes."""

    seed: int
    index: int
    expression: str
    second: str  # '' when the expression is pure
    weight: float  # share of `second`, 0..0.5
    intensity: float  # 0..1
    units: np.ndarray  # (len(UNITS), 2) intensities of the action units
    identity: Identity
    pose: Pose
    light: Light
    occlusion: Occlusion

    def rng(self, stream: int) -> np.random.Generator:
        """A generator of this face's own; ``stream`` keeps its uses independent."""
        return face_rng(self.seed, self.index, stream)

    def meta(self) -> dict[str, Any]:
        """What is written of the face to ``meta.csv``."""
        who, pose, light, thing = self.identity, self.pose, self.light, self.occlusion
        row = dict(index=self.index, expression=self.expression, second=self.second)
        row.update(weight=round(self.weight, 4), intensity=round(self.intensity, 4))
        row.update(roll=round(pose.roll, 2), yaw=round(pose.yaw, 2), pitch=round(pose.pitch, 2))
        row.update(blur=round(light.blur, 4), noise=round(light.noise, 2))
        row.update(brightness=round(light.brightness, 3))
        row.update(occlusion=thing.kind, cover=round(thing.cover, 3))
        return dict(row, glasses=int(who.glasses), beard=who.beard)


def face_rng(seed: int, index: int, stream: int) -> np.random.Generator:
    """A generator that depends on nothing but its three arguments, on every machine."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index, stream])))
