"""The tables beside the pictures."""
import csv
from pathlib import Path
from typing import Any, Dict, Iterable, Sequence

from .render import Drawn


def plain(sampling: Dict[str, Any]) -> Dict[str, Any]:
    """The arguments as they come back from JSON: tuples are lists."""
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in sampling.items()}


def write_meta(root: Path, drawn: Sequence[Drawn], answers: Sequence[str]) -> None:
    """Write ``meta.csv``: file, split, what the face is made of, and the votes on ``answers``."""
    rows = [dict(file=face.item.path, split=face.item.split, **face.meta,
                 **{f'votes_{name}': vote for name, vote in zip(answers, face.votes)})
            for face in drawn]
    header = list(rows[0]) if rows else ['file', 'split']
    write_csv(root / 'meta.csv', [header] + [list(row.values()) for row in rows])


def write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows with '\\n' at the line ends, on every system."""
    with open(path, 'w', newline='') as file:
        csv.writer(file, lineterminator='\n').writerows(rows)
