"""A data set is written wholly or not at all: the record that says which."""

import json
from pathlib import Path
from typing import Any

FORMAT = 1  # raise it when the same arguments give other pictures
DONE, STARTED = 'synthetic.json', 'synthetic.unfinished.json'


def is_written(root: Path, arguments: dict[str, Any]) -> bool:
    """Whether ``root`` already holds the data set of these arguments, complete.

    Raises:
        ValueError: It holds a complete data set of other arguments.
    """
    path = root / DONE
    if not path.exists():
        return False
    found = json.loads(path.read_text())
    wanted = dict(arguments, format=FORMAT)
    if found == wanted:
        return True
    names = sorted(name for name in {**found, **wanted} if found.get(name) != wanted.get(name))
    there = ', '.join(f'{name}={found.get(name)!r}' for name in names)
    asked = ', '.join(f'{name}={wanted.get(name)!r}' for name in names)
    raise ValueError(
        f'{root} holds synthetic faces with {there}, but {asked} was asked for; choose another '
        'folder or delete this one'
    )


def start(root: Path, arguments: dict[str, Any]) -> None:
    """Mark ``root`` as being written.

    Raises:
        ValueError: ``root`` holds files that are not of this tool (a real data set must not be
            drawn over), or unfinished faces of other arguments.
    """
    marker, content = root / STARTED, _dump(arguments)
    if marker.exists():
        if marker.read_text() != content:
            raise ValueError(
                f'{root} holds unfinished synthetic faces of other arguments (see {STARTED}); '
                'choose another folder or delete this one'
            )
    elif root.exists() and any(root.iterdir()):
        raise ValueError(
            f'{root} holds files that are no synthetic faces; choose a new or empty folder'
        )
    root.mkdir(parents=True, exist_ok=True)
    marker.write_text(content)


def finish(root: Path) -> None:
    """Mark ``root`` as complete; the last thing that a writer does."""
    (root / STARTED).replace(root / DONE)


def _dump(arguments: dict[str, Any]) -> str:
    return json.dumps(dict(arguments, format=FORMAT), indent=2) + '\n'
