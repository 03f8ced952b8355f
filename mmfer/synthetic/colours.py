"""Small arithmetic on BGR colours, and the palettes that identities draw from."""

from collections.abc import Sequence

Colour = tuple[float, float, float]

# From light to dark; BGR.
SKINS = (
    (196, 212, 241),
    (172, 194, 232),
    (150, 178, 222),
    (128, 160, 208),
    (108, 142, 196),
    (84, 116, 170),
    (62, 88, 138),
    (48, 68, 108),
)
HAIRS = (
    (28, 26, 26),
    (34, 40, 52),
    (40, 58, 84),
    (54, 84, 124),
    (92, 140, 184),
    (120, 170, 212),
    (42, 70, 140),
    (150, 152, 156),
    (200, 202, 204),
)
IRISES = (
    (34, 52, 84),
    (40, 68, 112),
    (70, 112, 116),
    (96, 120, 80),
    (150, 118, 74),
    (168, 140, 104),
)


def mix(first: Sequence[float], second: Sequence[float], share: float) -> Colour:
    """``first`` with a ``share`` of ``second``.

    >>> mix((0, 0, 0), (10, 20, 30), .5)
    (5.0, 10.0, 15.0)
    """
    return tuple(a * (1 - share) + b * share for a, b in zip(first, second))


def shade(colour: Sequence[float], factor: float) -> Colour:
    """Darker (factor < 1) or lighter; dark skin turns redder, as it does in a shadow."""
    b, g, r = colour
    return (
        min(b * factor * (0.9 + 0.1 * factor), 255.0),
        min(g * factor, 255.0),
        min(r * factor**0.85, 255.0),
    )
