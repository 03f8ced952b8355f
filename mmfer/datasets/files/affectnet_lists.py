"""AffectNet's lists: the original CSVs and the newer release's small files."""

import io
import math
import os
import os.path as osp
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from .text import parse_id, read_csv

COLUMNS = (
    'subDirectory_filePath',
    'face_x',
    'face_y',
    'face_width',
    'face_height',
    'facial_landmarks',
    'expression',
    'valence',
    'arousal',
)
NEEDED = (*COLUMNS[:5], 'expression')
EXPRESSIONS = 8  # ids below; those above show no expression, or no face


def read_original_list(path: str) -> Iterator[tuple[int, str, int, tuple[float, ...]]]:
    """Rows of training.csv, validation.csv or automatically_annotated.csv.

    The original validation.csv has no header, the others have; the first row tells.

    Yields:
        line, image below the images' folder, expression id as in the file,
        (x, y, width, height) of the face in pixels, or () for the ids from 8
        on, which have none.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a malformed row; names file, line and value.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no AffectNet list at {path!r}; set data_root to the folder that holds '
            'Manually_Annotated_file_lists/ (in the configs: the environment variable '
            'AFFECTNET_ROOT)'
        )
    places: list[int] = []
    for number, row in read_csv(path):
        where = f'{path}, line {number}'
        if not places:
            header = _is_header(row)
            places = _places(row if header else COLUMNS, where)
            width = len(row) if header else len(COLUMNS)
            if header:
                continue
        if len(row) != width:
            raise ValueError(
                f'{where}: {len(row)} columns; expected {width}: '
                f'{COLUMNS if width == len(COLUMNS) else width}'
            )
        name, *box, expression = (row[i] for i in places)
        number_of = parse_id(expression)
        if number_of is None:
            raise ValueError(f'{where}: expression {expression!r} is no integer id')
        yield number, name, number_of, _box(box, where) if 0 <= number_of < EXPRESSIONS else ()


def _is_header(row: list[str]) -> bool:
    """A row has a number where a header has the column's name."""
    return not any(re.fullmatch(r'-?[0-9.]+', field) for field in row)


def _places(columns: Sequence[str], where: str) -> list[int]:
    lower = [column.lower() for column in columns]
    if lost := [name for name in NEEDED if name.lower() not in lower]:
        raise ValueError(f'{where}: the header {list(columns)} lacks {lost}; it needs {NEEDED}')
    return [lower.index(name.lower()) for name in NEEDED]


def _box(fields: list[str], where: str) -> tuple[float, ...]:
    try:
        box = tuple(map(float, fields))
    except ValueError:
        box = ()
    if not box or not all(map(math.isfinite, box)):
        raise ValueError(f'{where}: {fields} are not the numbers {NEEDED[1:5]}')
    return box


def read_annotations(folder: str, ending: str) -> dict[str, int]:
    """``<id><ending>`` files with one integer each: id to value, in the order of the ids' numbers.

    Raises:
        FileNotFoundError: where the folder is missing.
        ValueError: on a file that holds no single integer; names it.
    """
    if not osp.isdir(folder):
        raise FileNotFoundError(
            f'no AffectNet annotations at {folder!r}; set data_root to the folder that holds '
            'train_set/ and val_set/ (in the configs: the environment variable AFFECTNET_ROOT)'
        )
    ids = [
        name[: -len(ending)]
        for name in os.listdir(folder)
        if name.endswith(ending) and not name.startswith('.')
    ]
    ids.sort(key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name))
    return {name: read_scalar(f'{folder}/{name}{ending}') for name in ids}


def read_scalar(path: str) -> int:
    """The integer in a .npy file of one 0-d value: a number or digits.

    What ``int(numpy.load(path))`` gives, several times as fast: the headers of 290 000 files are
    alike, and each is parsed once.

    Raises:
        ValueError: names the file and what it holds.
    """
    with open(path, 'rb') as file:
        content = file.read()
    end = content.find(b'\n') + 1
    try:
        shape, dtype = _layout(content[:end])
        if shape != ():
            raise ValueError(f'an array of shape {shape}')
        value = np.frombuffer(content[end:], dtype)[0]
        number = float(value)
        if number != int(number):
            raise ValueError(f'the value {value!r}')
    except (ValueError, IndexError, OverflowError) as error:
        raise ValueError(f'{path}: is no .npy file of one integer ({error})') from None
    return int(number)


@lru_cache(maxsize=256)
def _layout(header: bytes) -> tuple[tuple, np.dtype]:
    file = io.BytesIO(header)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f'.npy version {version}; known: (1, 0)')
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError('a pickled object, which is not opened')
    return shape, dtype
