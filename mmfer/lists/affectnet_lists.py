"""AffectNet's lists: the original CSVs and the newer release's small files."""

import io
import os
import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from .tables import find_column, read_table
from .text import need_file, parse_id, parse_number

COLUMNS = tuple(
    'subDirectory_filePath face_x face_y face_width face_height facial_landmarks expression '
    'valence arousal'.split()
)
NEEDED = (*COLUMNS[:5], 'expression')
EXPRESSIONS = 8  # ids below; those above show no expression, or no face
ROOT = '(in the configs: the environment variable AFFECTNET_ROOT)'


def read_original_list(path: str) -> Iterator[tuple[int, str, int, tuple[float, ...]]]:
    """Rows of training.csv, validation.csv or automatically_annotated.csv.

    The original validation.csv has no header, the others have; the first row tells.

    Yields:
        line, image below the images' folder, expression id as in the file, (x, y, width, height) of
        the face in pixels, or () for the ids from 8 on, which have none.
    """
    fix = f'set data_root to the folder that holds Manually_Annotated_file_lists/ {ROOT}'
    need_file(path, 'AffectNet list', fix)
    where, header, rows = read_table(path, without_header=COLUMNS)
    places = [find_column(header, (name.lower(),), where) for name in NEEDED]
    for line, row in rows:
        name, *box, expression = (row[place] for place in places)
        class_id = parse_id(expression)
        if class_id is None:
            raise ValueError(f'{path}, line {line}: expression {expression!r} is no integer id')
        if not 0 <= class_id < EXPRESSIONS:
            yield line, name, class_id, ()
            continue
        numbers = tuple(map(parse_number, box))
        if None in numbers:
            raise ValueError(f'{path}, line {line}: {box} are not the numbers {NEEDED[1:5]}')
        yield line, name, class_id, numbers


def read_annotations(folder: str, ending: str) -> dict[str, int]:
    """``<id><ending>`` files with one integer each: id to value, in the order of the numbers."""
    fix = f'set data_root to the folder that holds train_set/ and val_set/ {ROOT}'
    need_file(folder, 'AffectNet annotations', fix, os.path.isdir)
    files = [n for n in os.listdir(folder) if n.endswith(ending) and not n.startswith('.')]
    ids = sorted((file.removesuffix(ending) for file in files), key=_by_number)
    return {name: read_scalar(f'{folder}/{name}{ending}') for name in ids}


def _by_number(name: str) -> tuple[bool, int, str]:
    is_number = re.fullmatch('[0-9]+', name) is not None
    return not is_number, int(name) if is_number else 0, name


def read_scalar(path: str) -> int:
    """The integer in a .npy file of one 0-d value: a number or digits.

    What ``int(numpy.load(path))`` gives, several times as fast: the headers of 290 000 files are
    alike, and each is parsed once. Anything else is a ValueError.
    """
    with open(path, 'rb') as file:
        content = file.read()
    end = content.find(b'\n') + 1
    try:
        shape, dtype = _layout(content[:end])
        if shape != ():
            raise ValueError(f'an array of shape {shape}')
        value = np.frombuffer(content[end:], dtype)[0]
        number = parse_id(value.decode() if isinstance(value, bytes) else str(value))
        if number is None:
            raise ValueError(f'the value {value!r}')
    except Exception as error:  # numpy's parser of headers raises all kinds on damaged ones
        why = str(error) or type(error).__name__
        raise ValueError(f'{path}: is no .npy file of one integer ({why})') from None
    return number


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
