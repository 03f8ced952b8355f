"""A supersampled picture that is drawn on in face units, in flat colours and in soft shadow.

Points go through the head's pose: they lie on an ellipsoid that is turned (yaw, pitch), then
rolled, scaled and moved in the picture's plane.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np

from .face import Colour, Pose

SHIFT = 4  # fractional bits of cv2's fixed-point coordinates
_DEPTH = 0.55  # the ellipsoid's half axis towards the viewer
_UNIT = 0.405  # one face unit, as a share of the picture's side
_CENTRE_Y = 0.5  # where y = 0 lies, share of the side
_BEZIER = {}  # number of points -> basis (n, 3)
for _n in (8, 12, 20, 32):
    _t = np.linspace(0, 1, _n)[:, None]
    _BEZIER[_n] = np.hstack([(1 - _t) ** 2, 2 * _t * (1 - _t), _t**2])
_TAPER = {n: np.sin(np.linspace(0.06, 0.94, n) * math.pi)[:, None] for n in _BEZIER}


def mix(first: Sequence[float], second: Sequence[float], share: float) -> Colour:
    """The colour ``first`` with a ``share`` of ``second``.

    >>> mix((0, 0, 0), (10, 20, 30), .5)
    (5.0, 10.0, 15.0)
    """
    return tuple(a * (1 - share) + b * share for a, b in zip(first, second))


def shade(colour: Sequence[float], factor: float) -> Colour:
    """Darker (factor < 1) or lighter; dark skin turns redder, as it does in a shadow."""
    b, g, r = colour
    bgr = (b * factor * (0.9 + 0.1 * factor), g * factor, r * factor**0.85)
    return tuple(min(value, 255.0) for value in bgr)


def circle(n: int) -> np.ndarray:
    """``n`` points (n, 2) of the unit circle."""
    angle = np.linspace(0, 2 * np.pi, n + 1)[:-1]
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def arc(
    start: Sequence[float], middle: Sequence[float], end: Sequence[float], n: int = 12
) -> np.ndarray:
    """``n`` points (n, 2) of the quadratic curve that passes near ``middle`` (its control)."""
    return _BEZIER[n] @ np.array((start, middle, end), dtype=float)


def along(line: np.ndarray, where: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Points of ``line`` (n, 2) between its own, which lie ``at`` 0 .. n - 1 when None."""
    at = np.arange(len(line)) if at is None else at
    return np.stack([np.interp(where, at, values) for values in line.T], 1)


def smooth(knots: Sequence[Sequence[float]], n: int) -> np.ndarray:
    """``n`` points (n, 2) of a line that rounds the corners of the open polygon ``knots``."""
    knots = np.asarray(knots)
    line = along(knots, np.linspace(0, len(knots) - 1, n))
    for _ in range(max(n // len(knots), 1)):
        line[1:-1] = 0.25 * line[:-2] + 0.5 * line[1:-1] + 0.25 * line[2:]
    return line


def mirrored(right: Sequence[Sequence[float]]) -> np.ndarray:
    """The points ``right`` (n, 2), and back again on the left: (2n, 2)."""
    right = np.asarray(right)
    return np.concatenate([right, right[::-1] * (-1, 1)])


def ribbon(line: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Outline (2n, 2) of a stroke along ``line`` (n, 2); ``width`` is (n, 1) or a number."""
    step = np.empty_like(line)
    step[1:-1] = line[2:] - line[:-2]
    step[0], step[-1] = line[1] - line[0], line[-1] - line[-2]
    length = np.sqrt((step * step).sum(1, keepdims=True)) + 1e-9
    side = step[:, ::-1] * (-0.5, 0.5) / length * width
    return np.concatenate([line + side, (line - side)[::-1]])


def stroke(line: np.ndarray, width: float) -> np.ndarray:
    """Outline (2n, 2) of a stroke along ``line`` (n, 2) that thins out at both ends."""
    return ribbon(line, width * _TAPER[len(line)])


class Canvas:
    """An 8-bit BGR picture of ``side`` x ``side`` pixels and the pose that maps onto it."""

    def __init__(self, side: int, pose: Pose) -> None:
        self.side = side
        self.unit = side * _UNIT * pose.scale
        yaw, pitch, roll = map(math.radians, (pose.yaw, pose.pitch, pose.roll))
        self._cos, self._sin = (math.cos(yaw), math.cos(pitch)), (math.sin(yaw), math.sin(pitch))
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
        if not flat:
            (x, y), (cos_x, cos_y), (sin_x, sin_y) = points.T, self._cos, self._sin
            z = lift + _DEPTH * np.sqrt(np.maximum(1 - (x * 0.85) ** 2 - (y * 0.6) ** 2, 0.0))
            points = np.stack([x * cos_x + z * sin_x, y * cos_y - z * sin_y], 1)
        return (points - self._half_turn) @ self._turn + self._origin

    def fixed(self, points: np.ndarray, lift: float = 0.0, flat: bool = False) -> np.ndarray:
        """As `project`, in cv2's fixed-point integers."""
        return np.rint(self.project(points, lift, flat) * (1 << SHIFT)).astype(np.int32)

    def fill(self, points: np.ndarray, colour: Colour, lift: float = 0, flat: bool = False) -> None:
        """Fill the polygon ``points`` (n, 2)."""
        cv2.fillPoly(self.image, [self.fixed(points, lift, flat)], colour, cv2.LINE_AA, SHIFT)

    def fill_jaw(self, outer: np.ndarray, inner: np.ndarray, colour: Colour) -> None:
        """Fill between the head's outline ``outer`` and ``inner``, which leads back."""
        points = np.concatenate([self.fixed(outer, flat=True), self.fixed(inner)])
        cv2.fillPoly(self.image, [points], colour, cv2.LINE_AA, SHIFT)

    def outline(self, points: np.ndarray, width: float, colour: Colour, lift: float) -> None:
        """A closed line of even ``width`` around the polygon ``points``."""
        corners, pixels = [self.fixed(points, lift)], max(int(width * self.unit + 0.5), 1)
        cv2.polylines(self.image, corners, True, colour, pixels, cv2.LINE_AA, SHIFT)

    def stroke(self, line: np.ndarray, width: float, colour: Colour, lift: float = 0.0) -> None:
        """A stroke along ``line`` (n, 2) that thins out at both ends."""
        self.fill(stroke(line, width), colour, lift)

    @contextmanager
    def inside(self, outline: np.ndarray) -> Iterator[None]:
        """Of what the block draws, keep only what lies inside the polygon ``outline`` (n, 2)."""
        before = self.image
        self.image = before.copy()
        yield
        corners = self.project(outline)
        low, high = np.floor(corners.min(0)) - 2, np.ceil(corners.max(0)) + 2
        (x0, y0), (x1, y1) = np.clip([low, high], 0, self.side).astype(int)
        mask = np.zeros((self.side, self.side), np.uint8)
        cv2.fillPoly(mask, [self.fixed(outline)], 255, cv2.LINE_AA, SHIFT)
        alpha = mask[y0:y1, x0:x1, None].astype(np.float32) / 255
        box = before[y0:y1, x0:x1]
        box[:] = box + (self.image[y0:y1, x0:x1] - box.astype(np.float32)) * alpha
        self.image = before

    def multiply(self, reliefs: Sequence['Relief'], tint: Sequence[float]) -> None:
        """image * (1 + tint * sum of the reliefs), with a tint per channel."""
        total = sum(cv2.GaussianBlur(relief.layer, (0, 0), relief.sigma) for relief in reliefs)
        gain = 1 + total[..., None] * np.array(tint, np.float32)
        gain = cv2.resize(gain, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        self.image = cv2.multiply(self.image, gain, dtype=cv2.CV_8U)


class Relief:
    """A layer of shapes that darken (< 0) or lighten (> 0), the later over the earlier; it is
    blurred by ``sigma`` (face units), then multiplied. It has half the canvas's resolution, as it
    keeps nothing sharp."""

    def __init__(self, canvas: Canvas, sigma: float) -> None:
        self.canvas = canvas
        self.sigma = max(sigma * canvas.unit / 2, 0.5)
        self.layer = np.zeros((canvas.side // 2, canvas.side // 2), np.float32)

    def fill(self, points: np.ndarray, amount: float, lift: float = 0, flat: bool = False) -> None:
        """Set ``amount`` (share of the brightness) inside the polygon ``points`` (n, 2)."""
        corners = self.canvas.fixed(points, lift, flat) >> 1
        cv2.fillPoly(self.layer, [corners], amount, cv2.LINE_8, SHIFT)

    def stroke(self, line: np.ndarray, width: float, amount: float, lift: float = 0.0) -> None:
        """Set ``amount`` along ``line`` (n, 2), thinning out; too faint a one is left out."""
        if abs(amount) > 0.02:
            self.fill(stroke(line, width), amount, lift)
