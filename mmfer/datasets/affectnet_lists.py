"""AffectNet's lists: the original CSVs and the newer release's small files."""

import io
import os
import os.path as osp
from functools import lru_cache
from typing import Dict, Iterator, List, Tuple

import numpy as np

from .text_files import join_inside, read_csv

COLUMNS = ('subDirectory_filePath', 'face_x', 'face_y', 'face_width',
           'face_height', 'facial_landmarks', 'expression', 'valence',
           'arousal')
NEEDED = (*COLUMNS[:5], 'expression')


def read_original_list(
        path: str) -> Iterator[Tuple[int, str, int, Tuple[float, ...]]]:
    """Rows of training.csv, validation.csv or automatically_annotated.csv.

    The original validation.csv has no header, the others have; the first
    row tells.

    Yields:
        line, image below the images' folder, expression id as in the file,
        (x, y, width, height) of the face in pixels.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a malformed row or a name that leads out of the
            images' folder; names file, line and value.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no AffectNet list at {path!r}; set data_root to the folder that '
            'holds Manually_Annotated_file_lists/ (in the configs: the '
            'environment variable AFFECTNET_ROOT)')
    places: List[int] = []
    for number, row in read_csv(path):
        where = f'{path}, line {number}'
        if not places:
            lower = [field.lower() for field in row]
            header = 'expression' in lower
            columns = lower if header else [c.lower() for c in COLUMNS]
            if lost := [c for c in NEEDED if c.lower() not in columns]:
                raise ValueError(f'{where}: the header lacks {lost}; it needs '
                                 f'{NEEDED}')
            places = [columns.index(c.lower()) for c in NEEDED]
            width = len(columns)
            if header:
                continue
        if len(row) != width:
            raise ValueError(f'{where}: {len(row)} columns; expected {width}: '
                             f'{COLUMNS if width == len(COLUMNS) else columns}')
        name, *numbers = (row[i] for i in places)
        try:
            *box, expression = map(float, numbers)
        except ValueError:
            raise ValueError(
                f'{where}: {numbers} are not the numbers '
                f'{NEEDED[1:]}') from None
        if expression != int(expression):
            raise ValueError(f'{where}: expression {numbers[-1]} is no '
                             'integer id')
        if '..' in name or '\\' in name or ':' in name or name[:1] in ('/', ''):
            name = join_inside('', name, where)
        yield number, name, int(expression), tuple(box)


def read_annotations(folder: str, ending: str) -> Dict[str, int]:
    """``<id><ending>`` files with one integer each: id to value, in the order
    of the ids' numbers.

    Raises:
        FileNotFoundError: where the folder is missing.
        ValueError: on a file that holds no single integer; names it.
    """
    if not osp.isdir(folder):
        raise FileNotFoundError(
            f'no AffectNet annotations at {folder!r}; set data_root to the '
            'folder that holds train_set/ and val_set/ (in the configs: the '
            'environment variable AFFECTNET_ROOT)')
    ids = [name[:-len(ending)] for name in os.listdir(folder)
           if name.endswith(ending)]
    ids.sort(key=lambda name: (not name.isdigit(),
                               int(name) if name.isdigit() else 0, name))
    return {name: read_scalar(f'{folder}/{name}{ending}') for name in ids}


def read_scalar(path: str) -> int:
    """The integer in a .npy file of one 0-d value: a number or digits.

    What ``int(numpy.load(path))`` gives, several times as fast: the headers
    of 290 000 files are alike, and each is parsed once.

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
        raise ValueError(f'{path}: is no .npy file of one integer '
                         f'({error})') from None
    return int(number)


@lru_cache(maxsize=256)
def _layout(header: bytes) -> Tuple[tuple, np.dtype]:
    file = io.BytesIO(header)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f'.npy version {version}; known: (1, 0)')
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError('a pickled object, which is not opened')
    return shape, dtype
