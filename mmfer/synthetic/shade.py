"""Soft light and shadow on a canvas: the forms of a face, its folds and wrinkles."""

from collections.abc import Sequence

import cv2
import numpy as np

from .canvas import SHIFT, TAPER, Canvas, ribbon


class Shade:
    """A layer of shapes that darken (< 0) or lighten (> 0); it is blurred, then multiplied.

    Where shapes overlap the later one holds. The layer has half the canvas's resolution: it keeps
    nothing sharp. ``sigma`` is the blur in face units.
    """

    def __init__(self, canvas: Canvas, sigma: float) -> None:
        self.canvas = canvas
        self.sigma = max(sigma * canvas.unit / 2, 0.5)
        self.layer = np.zeros((canvas.side // 2, canvas.side // 2), np.float32)

    def fill(
        self, points: np.ndarray, amount: float, lift: float = 0.0, flat: bool = False
    ) -> None:
        """Set ``amount`` (share of the brightness) inside the polygon ``points`` (n, 2)."""
        cv2.fillPoly(
            self.layer, [self.canvas.fixed(points, lift, flat) >> 1], amount, cv2.LINE_8, SHIFT
        )

    def stroke(self, line: np.ndarray, width: float, amount: float, lift: float = 0.0) -> None:
        """Set ``amount`` along ``line`` (n, 2), thinning out at both ends; too faint a one is left
        out."""
        if abs(amount) > 0.02:
            self.fill(ribbon(line, width * TAPER[len(line)]), amount, lift)

    def blurred(self) -> np.ndarray:
        """The layer after its blur, (side / 2, side / 2) float32."""
        return cv2.GaussianBlur(self.layer, (0, 0), self.sigma)


def multiply(image: np.ndarray, layers: Sequence[Shade], tint: Sequence[float]) -> np.ndarray:
    """image * (1 + tint * sum of the layers), for an (s, s, 3) uint8 ``image`` and a tint per
    channel."""
    total = sum(layer.blurred() for layer in layers)
    gain = 1 + total[..., None] * np.array(tint, np.float32)
    gain = cv2.resize(gain, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(image, gain, dtype=cv2.CV_8U)
