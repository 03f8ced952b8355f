"""The tables beside the pictures."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .levels import levels_of
from .render import Drawn


def plain(sampling: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they come back from JSON: tuples are lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in sampling.items()
    }


def write_meta(root: Path, drawn: Sequence[Drawn], answers: Sequence[str]) -> None:
    """Write ``meta.csv``: file, split, what the face is made of, the votes on ``answers``, and its
    levels (`levels.LEVELS`)."""
    _write_rows(
        root / 'meta.csv',
        [
            dict(
                file=face.item.path,
                split=face.item.split,
                **face.meta,
                **{f'votes_{name}': vote for name, vote in zip(answers, face.votes)},
            )
            for face in drawn
        ],
    )


def complete_meta(root: Path) -> None:
    """Give a written folder's ``meta.csv`` the levels of today, where it has none or others.

    Its pictures are today's in any case (`record.FORMAT`), so they need not be drawn again.

    Raises:
        FileNotFoundError: The folder has lost its table.
    """
    path = root / 'meta.csv'
    with open(path, newline='') as file:
        rows = list(csv.DictReader(file))
    if any(levels_of(row).items() - row.items() for row in rows):
        fresh = path.with_suffix('.csv.new')  # never half a table under its name
        _write_rows(fresh, rows)
        fresh.replace(path)


def write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows with '\\n' at the line ends, on every system."""
    with open(path, 'w', newline='') as file:
        csv.writer(file, lineterminator='\n').writerows(rows)


def _write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    rows = [{**row, **levels_of(row)} for row in rows]
    header = list(rows[0]) if rows else ['file', 'split']
    write_csv(path, [header] + [list(row.values()) for row in rows])
