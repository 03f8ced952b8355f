"""A reader of files under test: how its file is written, read and damaged."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from fuzz.mutations import ANY, Mutation

ANYTHING = float('inf')


class Reader(NamedTuple):
    """``write`` makes all files in a folder and returns the one that is damaged; ``read`` gives
    what the folder's files say, key to value.

    ``stated``: mutations whose other meaning is what the file then says, with the reason;
    ``whole``: other content after local damage is no fault (True: formats without a checksum), is
    one (False: with a checksum), or depends on the touched lines (None).
    """

    name: str
    write: Callable[[Path], Path]
    read: Callable[[Path], Mapping]
    mutations: list[Mutation] = ANY
    stated: dict[str, str] = {}
    whole: bool | None = None


READERS: dict[str, Reader] = {}


def add(reader: Reader) -> None:
    """Put a reader into the table."""
    assert reader.name not in READERS, reader.name
    READERS[reader.name] = reader
