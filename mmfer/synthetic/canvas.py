"""A supersampled picture that is drawn on in face units.

Points go through the head's pose: they lie on an ellipsoid that is turned (yaw, pitch), then
rolled, scaled and moved in the picture's plane.
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .params import Pose

SHIFT = 4  # fractional bits of cv2's fixed-point coordinates
_DEPTH = 0.55  # the ellipsoid's half axis towards the viewer
_UNIT = 0.405  # one face unit, as a share of the picture's side
_CENTRE_Y = 0.5  # where y = 0 lies, share of the side
_BEZIER = {}  # number of points -> basis (n, 3)
for _n in (8, 12, 20, 32):
    _t = np.linspace(0, 1, _n)[:, None]
    _BEZIER[_n] = np.hstack([(1 - _t) ** 2, 2 * _t * (1 - _t), _t**2])
TAPER = {n: np.sin(np.linspace(0.06, 0.94, n) * math.pi)[:, None] for n in _BEZIER}


def arc(
    start: Sequence[float], middle: Sequence[float], end: Sequence[float], n: int = 12
) -> np.ndarray:
    """``n`` points (n, 2) of the quadratic curve that passes near ``middle`` (its control)."""
    return _BEZIER[n] @ np.array((start, middle, end), dtype=float)


def smooth(knots: np.ndarray, n: int) -> np.ndarray:
    """``n`` points (n, 2) of a line that rounds the corners of the open polygon ``knots``."""
    run = np.linspace(0, len(knots) - 1, n)
    at = np.arange(len(knots))
    line = np.stack([np.interp(run, at, knots[:, 0]), np.interp(run, at, knots[:, 1])], 1)
    for _ in range(max(n // len(knots), 1)):
        line[1:-1] = 0.25 * line[:-2] + 0.5 * line[1:-1] + 0.25 * line[2:]
    return line


def ribbon(line: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Outline (2n, 2) of a stroke along ``line`` (n, 2); ``width`` is (n, 1) or a number."""
    step = np.empty_like(line)
    step[1:-1] = line[2:] - line[:-2]
    step[0], step[-1] = line[1] - line[0], line[-1] - line[-2]
    length = np.sqrt((step * step).sum(1, keepdims=True)) + 1e-9
    side = step[:, ::-1] * (-0.5, 0.5) / length * width
    return np.concatenate([line + side, (line - side)[::-1]])


class Canvas:
    """An 8-bit BGR picture of ``side`` x ``side`` pixels and the pose that maps onto it."""

    def __init__(self, side: int, pose: Pose) -> None:
        self.side = side
        self.unit = side * _UNIT * pose.scale
        yaw, pitch = math.radians(pose.yaw), math.radians(pose.pitch)
        self._cos, self._sin = (math.cos(yaw), math.cos(pitch)), (math.sin(yaw), math.sin(pitch))
        roll = math.radians(pose.roll)
        c, s = math.cos(roll) * self.unit, math.sin(roll) * self.unit
        self._turn = np.array([[c, s], [-s, c]])
        self._origin = np.array([0.5 + pose.shift[0], _CENTRE_Y + pose.shift[1]]) * side
        # An aligned crop is centred on the features, not on the skull: half of the turn's shift
        # goes to the features, half (backwards) to the outline.
        self._half_turn = np.array([0.5 * _DEPTH * self._sin[0], -0.5 * _DEPTH * self._sin[1]])
        self.image = np.zeros((side, side, 3), np.uint8)

    def project(
        self, points: np.ndarray, lift: float | np.ndarray = 0.0, flat: bool = False
    ) -> np.ndarray:
        """Face units (n, 2) -> pixels (n, 2). ``lift``, one or (n,), raises above the ellipsoid
        (the nose); ``flat`` points belong to the outline, which a turned head keeps."""
        if flat:
            moved = points - self._half_turn
        else:
            x, y = points[:, 0], points[:, 1]
            z = lift + _DEPTH * np.sqrt(np.maximum(1 - (x * 0.85) ** 2 - (y * 0.6) ** 2, 0.0))
            moved = np.empty_like(points)
            moved[:, 0] = x * self._cos[0] + z * self._sin[0]
            moved[:, 1] = y * self._cos[1] - z * self._sin[1]
            moved -= self._half_turn
        return moved @ self._turn + self._origin

    def fixed(self, points: np.ndarray, lift: float = 0.0, flat: bool = False) -> np.ndarray:
        """As `project`, in cv2's fixed-point integers."""
        return np.rint(self.project(points, lift, flat) * (1 << SHIFT)).astype(np.int32)

    def fill(
        self, points: np.ndarray, colour: Sequence[float], lift: float = 0.0, flat: bool = False
    ) -> None:
        """Fill the polygon ``points`` (n, 2)."""
        cv2.fillPoly(self.image, [self.fixed(points, lift, flat)], colour, cv2.LINE_AA, SHIFT)

    def fill_jaw(self, outer: np.ndarray, inner: np.ndarray, colour: Sequence[float]) -> None:
        """Fill between the head's outline ``outer``, right to left, and ``inner``, back again."""
        points = np.concatenate([self.fixed(outer, flat=True), self.fixed(inner)])
        cv2.fillPoly(self.image, [points], colour, cv2.LINE_AA, SHIFT)

    def outline(
        self, points: np.ndarray, width: float, colour: Sequence[float], lift: float = 0.0
    ) -> None:
        """A closed line of even ``width`` around the polygon ``points``."""
        cv2.polylines(
            self.image,
            [self.fixed(points, lift)],
            True,
            colour,
            max(int(width * self.unit + 0.5), 1),
            cv2.LINE_AA,
            SHIFT,
        )

    def stroke(
        self, line: np.ndarray, width: float, colour: Sequence[float], lift: float = 0.0
    ) -> None:
        """A stroke along ``line`` (n, 2) that thins out at both ends."""
        self.fill(ribbon(line, width * TAPER[len(line)]), colour, lift)

    def paint_inside(self, outline: np.ndarray, paint: Callable[[], None]) -> None:
        """Run ``paint()`` and keep what it drew only inside the polygon ``outline`` (n, 2)."""
        corners = self.project(outline)
        x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + 2, self.side)
        if x1 <= x0 or y1 <= y0:
            return
        before = self.image
        self.image = before.copy()
        paint()
        mask = np.zeros((self.side, self.side), np.uint8)
        cv2.fillPoly(mask, [self.fixed(outline)], 255, cv2.LINE_AA, SHIFT)
        alpha = mask[y0:y1, x0:x1, None].astype(np.float32) / 255
        box = before[y0:y1, x0:x1]
        box[:] = box + (self.image[y0:y1, x0:x1] - box.astype(np.float32)) * alpha
        self.image = before
