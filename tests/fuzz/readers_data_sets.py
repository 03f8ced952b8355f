"""The lists and tables of data sets, read with the images that they name."""

from pathlib import Path

import cv2
import numpy as np
from fuzz.readers import Reader, add
from fuzz.table_mutations import Table, of_table
from layouts import AFFECTNET_HEADER, affectnet_row
from mmpretrain.registry import DATASETS

import mmfer.datasets  # noqa: F401  registers the data sets
from mmfer.data_report import write_ferplus_folders
from mmfer.datasets.ferplus import HEADER

FACE = cv2.imencode('.png', np.full((4, 4, 3), 90, np.uint8))[1].tobytes()
SEVEN = ('angry', 'happy', 'sad', 'scared', 'calm')


def image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FACE)


def said(settings: dict, folder: Path) -> dict:
    """Name to all that training learns of an image."""
    dataset = DATASETS.build(dict(settings, data_root=str(folder), pipeline=[], lazy_init=True))
    found = {}
    for record in dataset.load_data_list():
        votes, box = record.get('votes'), record.get('face_box')
        votes = None if votes is None else tuple(np.round(votes, 5).tolist())
        score = record.get('gt_score')
        score = None if score is None else tuple(np.round(score, 5).tolist())
        found[record['name']] = record['gt_label'], votes, box, score
    return found


# -- RAF-DB


def _rafdb(folder: Path) -> Path:
    rows, shares = [], []
    for i in range(42):
        split, label = ('train', 'test')[i >= 28], i % 7 + 1
        stem = f'{split}_{i + 1:05d}'
        image(folder / f'Image/aligned/{stem}_aligned.jpg')
        rows.append(f'{stem}.jpg {label}')
        votes = np.full(7, 0.05)
        votes[label - 1] = 0.7
        shares.append(' '.join([f'{stem}.jpg', *map(str, votes)]))
    (folder / 'EmoLabel').mkdir()
    (folder / 'EmoLabel/distribution_basic.txt').write_text('\n'.join([*shares, '']))
    path = folder / 'EmoLabel/list_patition_label.txt'
    path.write_text('\n'.join([*rows, '']))
    return path


def _rafdb_votes(folder: Path) -> Path:
    _rafdb(folder)
    return folder / 'EmoLabel/distribution_basic.txt'


VOTED = dict(type='RAFDB', candidates=dict(kind='votes', rule='share'))
LIST = Table(' ', 0, named=False)
no_votes = dict(type='RAFDB', votes_file=None)
ROOT = 'this list is where the labels are defined: ids that fit are what it says'
rooted = dict(other_class_order=ROOT)
add(Reader('RAF-DB: list', _rafdb, lambda f: said(no_votes, f), of_table(LIST), rooted))
add(Reader('RAF-DB: list, with votes', _rafdb, lambda f: said(VOTED, f), of_table(LIST)))
add(
    Reader(
        'RAF-DB: votes',
        _rafdb_votes,
        lambda f: said(VOTED, f),
        of_table(Table(' ', 0, named=False, ids=())),
    )
)


# -- FER+


def _ferplus(folder: Path) -> None:
    parts = dict(FER2013Train='Training', FER2013Valid='PublicTest', FER2013Test='PrivateTest')
    whole = [','.join(HEADER)]
    for number, (part, usage) in enumerate(parts.items()):
        rows = []
        for i in range(24):
            name = f'fer{100 * number + i:07d}.png'
            votes = [0] * 10
            votes[i % 8], votes[(i + 3) % 10] = 7, 3
            image(folder / part / name)
            words = ','.join(map(str, votes))
            rows.append(f'{name},"(0, 0, 48, 48)",{words}')
            whole.append(f'{usage},{name},{words}')
        (folder / part / 'label.csv').write_text('\n'.join([*rows, '']))
    (folder / 'fer2013new.csv').write_text('\n'.join([*whole, '']))


def _ferplus_label(folder: Path) -> Path:
    _ferplus(folder)
    return folder / 'FER2013Train/label.csv'


def _ferplus_new(folder: Path) -> Path:
    _ferplus(folder)
    return folder / 'fer2013new.csv'


COLUMNS = 'label.csv has no header: its columns are known by their order alone'
without_names = dict(exchange_column=COLUMNS)
new = dict(type='FERPlus', vote_file='fer2013new.csv', split='train+valid')
no_ids = of_table(Table(head=0, named=False, ids=()))
add(
    Reader(
        'FER+: label.csv',
        _ferplus_label,
        lambda f: said(dict(type='FERPlus'), f),
        no_ids,
        without_names,
    )
)
table = of_table(Table(name=1, ids=()))
below = dict(exchange_column_below='the header alone says which column is which answer')
add(Reader('FER+: fer2013new.csv', _ferplus_new, lambda f: said(new, f), table, below))


def _fer2013(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    rows, named = ['emotion,pixels,Usage'], [','.join(HEADER)]
    for i, usage in enumerate(('Training', 'Training', 'PublicTest', 'PrivateTest')):
        rows.append(f'0,{" ".join(map(str, rng.integers(0, 256, 2304)))},{usage}')
        named.append(f'{usage},fer{i:07d}.png,{"9,1" + ",0" * 8}')
    (folder / 'fer2013.csv').write_text('\n'.join([*rows, '']))
    (folder / 'votes.csv').write_text('\n'.join([*named, '']))
    return folder / 'fer2013.csv'


def _read_fer2013(folder: Path) -> dict:
    root = folder / 'out'
    write_ferplus_folders(folder / 'fer2013.csv', folder / 'votes.csv', root)
    return {
        str(path.relative_to(root)): cv2.imread(str(path)).tobytes()
        for path in sorted(root.rglob('*.png'))
    }


BY_NUMBER = 'rows of the two tables are joined by their number'
order = dict(shuffled=BY_NUMBER)
add(Reader('fer2013.csv', _fer2013, _read_fer2013, of_table(Table(ids=())), order))


# -- AffectNet


def _affectnet(folder: Path, name: str, header: bool) -> Path:
    lists = folder / 'Manually_Annotated_file_lists'
    lists.mkdir()
    rows = []
    for i in range(33):
        image(folder / f'Manually_Annotated_Images/{i % 3}/{i}.jpg')
        rows.append(affectnet_row(f'{i % 3}/{i}.jpg', i % 11, (20 + i, 31, 120 + i % 5, 118)))
    path = lists / name
    path.write_text('\n'.join([*[AFFECTNET_HEADER] * header, *rows, '']))
    return path


EXPRESSIONS = Table(name=0, ids=(6,))
BOXES = 'which of four numbers of a box is which is said by the header, or the order, alone'
boxes = rooted | dict(exchange_column_below=BOXES, exchange_column=BOXES)
add(
    Reader(
        'AffectNet: training.csv',
        lambda f: _affectnet(f, 'training.csv', True),
        lambda f: said(dict(type='AffectNet'), f),
        of_table(EXPRESSIONS),
        boxes,
    )
)
add(
    Reader(
        'AffectNet: validation.csv',
        lambda f: _affectnet(f, 'validation.csv', False),
        lambda f: said(dict(type='AffectNet', split='valid'), f),
        of_table(Table(head=0, named=False, ids=(6,))),
        boxes,
    )
)


def _annotations(folder: Path) -> Path:
    for i in range(8):
        image(folder / f'train_set/images/{i}.jpg')
        path = folder / f'train_set/annotations/{i}_exp.npy'
        path.parent.mkdir(exist_ok=True)
        np.save(path, np.array(str(i)) if i % 2 else np.array(i))
    return folder / 'train_set/annotations/3_exp.npy'


def _annotations_int(folder: Path) -> Path:
    return _annotations(folder).with_name('4_exp.npy')


for name, write in (('text', _annotations), ('number', _annotations_int)):
    add(Reader(f'AffectNet: .npy, {name}', write, lambda f: said(dict(type='AffectNet'), f)))


# -- own tables


def _own(header: str, line: str):
    def write(folder: Path) -> Path:
        rows = []
        for i in range(30):
            image(folder / f'faces/{i}.jpg')
            votes = [0] * 5
            votes[i % 5], votes[(i + 1) % 5] = 6, 2
            words = dict(i=i, name=SEVEN[i % 5], id=i % 5, id1=i % 5 + 1)
            words.update(votes=','.join(map(str, votes)), split=('train', 'train', 'test')[i % 3])
            words.update(other=SEVEN[(i + 1) % 5])
            rows.append(line.format(**words))
        (folder / 'labels.csv').write_text('\n'.join([header, *rows, '']))
        return folder / 'labels.csv'

    return write


OWN = dict(type='FERFolder', classes=SEVEN, ann_file='labels.csv')
NAMED = 'the header alone says which column is which'
split = 'without the column every row is for training, which the log says of each table'
OWN_TABLES = {
    'names': ('path,label,split', 'faces/{i}.jpg,{name},{split}', (), {}),
    'ids': ('path,label,split', 'faces/{i}.jpg,{id},{split}', (1,), {}),
    'ids from 1': ('path;label', 'faces/{i}.jpg;{id1}', (1,), {}),
    'ids and names': (
        'path,label,name',
        'faces/{i}.jpg,{id},{name}',
        (1,),
        dict(columns=dict(path='path')),
    ),
    'votes': (f'path,{",".join(SEVEN)}', 'faces/{i}.jpg,{votes}', (), {}),
    'labels and votes': (f'path,label,{",".join(SEVEN)}', 'faces/{i}.jpg,{name},{votes}', (), {}),
    'annotators': ('path,a,b', 'faces/{i}.jpg,{name},{name}', (), dict(annotators=('a', 'b'))),
}
for name, (header, line, ids, more) in OWN_TABLES.items():
    delimiter = ';' if ';' in header else ','
    stated = dict(exchange_column_below=NAMED, drop_column=split)
    stated |= {} if 'and' in name else rooted
    add(
        Reader(
            f'own table: {name}',
            _own(header, line),
            lambda f, more=more: said(OWN | more, f),
            of_table(Table(delimiter, ids=ids)),
            stated,
        )
    )
