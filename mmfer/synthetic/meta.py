"""``meta.csv``: what each picture shows, in numbers and in levels for breaking accuracies down."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..utils.files import write_whole

# A level holds the faces within all of its limits (absolute values, limits included) that no level
# before it holds; the last one holds the rest. With `sample_face`'s default arguments 46, 37 and 17
# % of the faces fall into the three of `pose_level`, 65, 18 and 18 % into those of `blur_level`,
# 88, 7 and 5 % into those of `occlusion_level`. yaw and pitch: degrees. blur: sigma as a share of
# the picture's side; up to the first limit it does nothing to pictures of 224 pixels or less.
# cover: share of the facial landmarks that are hidden.
LEVELS: dict[str, tuple[tuple[str, dict[str, float]], ...]] = {
    'pose_level': (
        ('frontal', dict(yaw=8.0, pitch=5.0)),
        ('turned', dict(yaw=15.0, pitch=8.0)),
        ('profile-ish', {}),
    ),
    'blur_level': (('sharp', dict(blur=0.001)), ('soft', dict(blur=0.005)), ('blurred', {})),
    'occlusion_level': (('none', dict(cover=0.0)), ('small', dict(cover=1 / 3)), ('large', {})),
}


def levels_of(meta: Mapping[str, Any]) -> dict[str, str]:
    """The level of each column of LEVELS, for a row of ``meta.csv``.

    They are made of its yaw, pitch, blur and cover alone, so that a table written before there were
    levels can be given them. A level is '' where the row leaves one that it needs empty: a picture
    without a face has no pose.

    >>> levels_of(dict(yaw=-12.5, pitch='3.1', blur=0, cover=.346))
    {'pose_level': 'turned', 'blur_level': 'sharp', 'occlusion_level': 'large'}
    """
    return {column: _level(meta, levels) for column, levels in LEVELS.items()}


def _level(meta: Mapping[str, Any], levels: tuple[tuple[str, dict[str, float]], ...]) -> str:
    if any(meta[name] == '' for name in levels[0][1]):
        return ''
    return next(
        level
        for level, limits in levels
        if all(abs(float(meta[name])) <= limit for name, limit in limits.items())
    )


def write_meta(root: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``meta.csv``, whole or not at all: ``rows`` with their levels."""
    rows = [{**row, **levels_of(row)} for row in rows]
    header = list(rows[0]) if rows else ['file', 'split']
    write_whole(root / 'meta.csv', csv_bytes([header, *(row.values() for row in rows)]))


def complete_meta(root: Path) -> None:
    """Give a written folder's ``meta.csv`` the levels of today, where it has none or others.

    Its pictures are today's in any case (`dataset.FORMAT`), so they need not be drawn again.
    """
    with open(root / 'meta.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    if any(levels_of(row).items() - row.items() for row in rows):
        write_meta(root, rows)


def csv_bytes(rows: Iterable[Iterable[Any]]) -> bytes:
    """A table with '\\n' at the line ends, on every system."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows(rows)
    return text.getvalue().encode()
