"""Data sets as others hand them out: Kaggle's tables, ExpW's list, lists of some images."""

from pathlib import Path

from fuzz.readers import Reader, add
from fuzz.readers_data_sets import BOXES, ROOT, image, rooted, said
from fuzz.table_mutations import Table, of_table

CLASSES = 'neutral happiness sadness surprise fear disgust anger contempt'.split()


# -- RAF-DB and AffectNet by Kaggle


def _rafdb(folder: Path) -> Path:
    for split, count in (('train', 28), ('test', 14)):
        rows = ['image,label']
        for i in range(count):
            name, label = f'{split}_{i + 1:05d}_aligned.jpg', i % 7 + 1
            image(folder / f'DATASET/{split}/{label}/{name}')
            rows.append(f'{name},{label}')
        (folder / f'{split}_labels.csv').write_text('\n'.join([*rows, '']))
    return folder / 'train_labels.csv'


def _affectnet(folder: Path) -> Path:
    rows = [',pth,label,relFCs']
    for i in range(32):
        image(folder / f'{CLASSES[i % 8]}/{i}.jpg')
        rows.append(f'{i},{CLASSES[i % 8]}/{i}.jpg,{CLASSES[i % 8]},0.8')
    (folder / 'labels.csv').write_text('\n'.join([*rows, '']))
    return folder / 'labels.csv'


rafdb = dict(type='RAFDB', votes_file=None)
add(Reader('RAF-DB: Kaggle', _rafdb, lambda f: said(rafdb, f), of_table(Table()), rooted))
affectnet = dict(type='AffectNet', split='train')
table = of_table(Table(name=1, ids=()))
add(Reader('AffectNet: Kaggle', _affectnet, lambda f: said(affectnet, f), table))


# -- ExpW


def _expw(folder: Path) -> Path:
    rows = []
    for i in range(40):
        image(folder / f'image/origin/a {i // 2}.jpg')
        rows.append(f'a {i // 2}.jpg {i % 2} {20 + i} {310 + i} {440 + i} {150 + i} 77.1 {i % 7}')
    (folder / 'label.lst').write_text('\n'.join([*rows, '']))
    return folder / 'label.lst'


stated = rooted | dict(exchange_column=BOXES)
expw = dict(type='ExpW', split='all')
add(
    Reader(
        'ExpW: label.lst',
        _expw,
        lambda f: said(expw, f),
        of_table(Table(' ', 0, named=False, name=1, ids=(-1,))),
        stated,
    )
)


# -- lists of some images


def _subset(folder: Path) -> Path:
    _rafdb(folder)
    rows = [f'0/test_{i + 1:05d}_aligned.jpg' for i in range(14)]
    (folder / 'pose.txt').write_text('\n'.join([*rows, '']))
    return folder / 'pose.txt'


subset = rafdb | dict(split='test', subset_file='pose.txt')
some = dict(drop_column=ROOT)
add(
    Reader(
        'list of some images',
        _subset,
        lambda f: said(subset, f),
        of_table(Table(' ', 0, named=False, ids=())),
        some,
    )
)
