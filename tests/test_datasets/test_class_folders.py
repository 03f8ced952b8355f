"""A folder a class."""

import os

import pytest

from mmfer.datasets import FERFolder
from mmfer.datasets.class_folders import read_class_folders

CLASSES = ('anger', 'fear', 'happiness')


def place(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b'\x89PNG\r\n\x1a\n')
    return str(root)


def labels(root, id_base=0):
    data = FERFolder(root, split='all', classes=CLASSES, lazy_init=True)
    pictures = read_class_folders(data, root, CLASSES, id_base)
    return [(os.path.relpath(path, root), label) for path, label in pictures], data


@pytest.mark.parametrize(
    'folders, id_base',
    [(('Angry', 'FEAR', 'happy'), 0), (('0', '1', '2'), 0), (('1', '2', '3'), 1), (('anger',), 0)],
)
def test_folders_by_name_or_id(tmp_path, folders, id_base):
    root = place(tmp_path, *(f'{folder}/b.png' for folder in folders), '.git/a.png')
    assert labels(root, id_base)[0] == [(f'{name}/b.png', i) for i, name in enumerate(folders)]


def test_what_is_not_read_is_named(tmp_path, told):
    root = place(tmp_path, 'fear/a.png', 'fear/b.raw', 'loose.png')
    (tmp_path / 'fear/notes.txt').write_text('x')
    pictures, data = labels(root)
    assert pictures == [('fear/a.png', 1)]
    assert data.unread == {
        'picture in no class folder': ['loose.png'],
        'picture of another ending': ['fear/b.raw'],
    }
    assert data.counts == {'read': 3, 'no image': 1, **dict.fromkeys(data.unread, 1)}
    assert [line.split('; ')[0] for line in told if line.startswith('WARNING')] == [
        f'WARNING {root}: 1 left out (picture of another ending), the first: fear/b.raw',
        f'WARNING {root}: 1 left out (picture in no class folder), the first: loose.png',
    ]


@pytest.mark.parametrize('folder', ['3', 'sadness', '-1'])
def test_a_folder_that_is_no_class(tmp_path, folder):
    root = place(tmp_path, 'fear/a.png', f'{folder}/a.png')
    with pytest.raises(ValueError, match=f'the folders .*{folder}.* are no classes; allowed: '):
        labels(root)


def test_two_folders_of_a_class(tmp_path):
    root = place(tmp_path, 'angry/a.png', 'Anger/b.png')
    with pytest.raises(ValueError, match="'Anger' and 'angry' .* both are the class 'anger'; "):
        labels(root)


def test_no_folders(tmp_path):
    for root in (str(tmp_path), str(tmp_path / 'nothing')):
        with pytest.raises(FileNotFoundError, match='no class folders in'):
            labels(root)
