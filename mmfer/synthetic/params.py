"""What a synthetic face is made of: plain records, without any drawing.

Lengths are in face units: the origin lies between nose and eyes, x grows to the right of the
picture, y downwards, and half an average face's width is 1. Angles are in degrees, colours BGR in
0..255.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Identity:
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
    style: str  # one of HAIR_STYLES
    beard: str  # one of BEARDS
    glasses: bool


HAIR_STYLES = ('short', 'parted', 'fringe', 'long', 'curly', 'bald')
BEARDS = ('none', 'stubble', 'moustache', 'full')


@dataclass(frozen=True)
class Pose:
    roll: float  # in the picture's plane, degrees
    yaw: float  # degrees, positive looks to the right of the picture
    pitch: float  # degrees, positive looks up
    scale: float  # factor
    shift: tuple[float, float]  # shares of the picture's side
    gaze: tuple[float, float]  # of the irises, face units


@dataclass(frozen=True)
class Light:
    direction: tuple[float, float, float]  # unit vector to the lamp
    contrast: float  # of the shading, 0 flat .. 1 hard
    brightness: float  # factor
    background: Colour
    clothes: Colour
    blur: float  # sigma, share of the picture's side
    noise: float  # sigma, grey levels


@dataclass(frozen=True)
class Occlusion:
    kind: str = 'none'  # one of occluders.KINDS
    level: float = 0.0  # 0..1, size of the thing
    side: int = 1  # -1 from the left of the picture, 1 from the right
    colour: Colour = (0.0, 0.0, 0.0)
    cover: float = 0.0  # share of the facial landmarks that it hides


@dataclass(frozen=True)
class Face:
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
        """The flat record that is written to ``meta.csv``."""
        return dict(
            index=self.index,
            expression=self.expression,
            second=self.second,
            weight=round(self.weight, 4),
            intensity=round(self.intensity, 4),
            roll=round(self.pose.roll, 2),
            yaw=round(self.pose.yaw, 2),
            pitch=round(self.pose.pitch, 2),
            blur=round(self.light.blur, 4),
            noise=round(self.light.noise, 2),
            brightness=round(self.light.brightness, 3),
            occlusion=self.occlusion.kind,
            cover=round(self.occlusion.cover, 3),
            glasses=int(self.identity.glasses),
            beard=self.identity.beard,
        )


def face_rng(seed: int, index: int, stream: int) -> np.random.Generator:
    """A generator that depends on nothing but its three arguments, on every machine."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index, stream])))
