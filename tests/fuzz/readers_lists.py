"""Files that say something of images: noise, candidates, scores, folds, landmarks."""

import json
from pathlib import Path

import numpy as np
from fuzz.mutations import ANY, LINES, MEANING, Mutation
from fuzz.readers import Reader, add
from fuzz.table_mutations import Table, of_table

from mmfer.datasets.folds import read_folds
from mmfer.functional.noise import symmetric_noise
from mmfer.lists.candidate_sets import read_candidates, write_candidates
from mmfer.lists.class_scores import read_scores, write_scores
from mmfer.lists.image_table import LIST_MARK, Images, digest, write_image_table
from mmfer.lists.label_lists import read_noise, write_noise
from mmfer.lists.landmarks import LandmarkTable

CLASSES = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
NAMES = [f'train_{i:05d}.jpg' for i in range(1, 57)]
ALIASES = {name.replace('.jpg', '_aligned.jpg'): name for name in NAMES}
IMAGES = Images(NAMES, CLASSES, 1, ALIASES)
CLEAN = np.arange(56) % 7
NOISY = symmetric_noise(CLEAN, 7, rate=0.3, seed=0)


def _by_name(values) -> dict[str, object]:
    return dict(zip(NAMES, values))


def _text(name: str, text: str):
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_text(text)
        return path

    return write


# -- noise


def _own_noise(folder: Path) -> Path:
    write_noise(folder / 'noise.csv', IMAGES, CLEAN, NOISY, dict(scheme='symmetric', rate=0.3))
    return folder / 'noise.csv'


def _read_noise(folder: Path) -> dict:
    return _by_name(read_noise(str(next(folder.iterdir())), IMAGES, CLEAN).tolist())


def _old_noise() -> str:
    rows = [f'{name} {label + 1}' for name, label in zip(NAMES, NOISY)]
    head = dict(classes=list(CLASSES), id_base=1, sha256=digest(rows))
    return '\n'.join([LIST_MARK, *(f'# {k}: {json.dumps(v)}' for k, v in head.items()), *rows, ''])


def _rows(line: str, base: int, header: str = '') -> str:
    rows = [
        line.format(name=n, stem=n[:-4], new=y + base, old=c + base, mark=int(y != c))
        for n, c, y in zip(NAMES, CLEAN.tolist(), NOISY.tolist())
    ]
    return '\n'.join([*[header] * bool(header), *rows, ''])


PLAIN = Table(' ', 0, named=False)
OWN = Table(',', 8, ids=(1,))
NOISE = {
    'noise: EAC': ('{name} {new}', 0, '', PLAIN),
    'noise: ReSup': ('{name} {new}', 1, '', PLAIN),
    'noise: SCN': ('/a/path/{stem}_aligned.jpg {new}', 0, '', PLAIN),
    'noise: NLA, marks': ('{name} {new} {mark}', 1, '', PLAIN),
    'noise: NLA, CSV': ('train,{name},{new},{mark}', 1, '', Table(',', 0, False, 1, (2,))),
    'noise: header': ('{name},{old},{new}', 0, 'image,label,noisy_label', Table(ids=(1, 2))),
    'noise: header, tab': ('{new}\t{name}', 1, 'label\tpath', Table('\t', name=1, ids=(0,))),
}
for name, (line, base, header, table) in NOISE.items():
    write = _text('noise.txt', _rows(line, base, header))
    add(Reader(name, write, _read_noise, of_table(table)))
add(Reader('noise: own table', _own_noise, _read_noise, of_table(Table(',', 12))))
add(
    Reader(
        'noise: own, earlier',
        _text('n.txt', _old_noise()),
        _read_noise,
        of_table(Table(' ', 4, False)),
    )
)


# -- candidates, scores, folds


def _sets() -> np.ndarray:
    rng = np.random.default_rng(0)
    sets = rng.random((56, 7)) < 0.3
    sets[np.arange(56), CLEAN] = True
    scores = sets * rng.integers(1, 9, (56, 7))
    scores[::2] = sets[::2]
    return (scores / scores.sum(1, keepdims=True)).astype(np.float32)


SETS = _sets()


def _own_candidates(folder: Path) -> Path:
    write_candidates(folder / 'sets.csv', IMAGES, SETS, CLEAN, dict(kind='x'), CLEAN)
    return folder / 'sets.csv'


def _read_candidates(folder: Path) -> dict:
    scores = read_candidates(str(next(folder.iterdir())), IMAGES, CLEAN)
    return _by_name(map(tuple, scores.round(6).tolist()))


def _listed(kind: str) -> str:
    rows = []
    for name, score, label in zip(NAMES, SETS, CLEAN):
        members = np.flatnonzero(score).tolist()
        if kind == 'ids':
            rows.append(f'{name} {",".join(map(str, members))}')
        elif kind == 'label and weights':
            rows.append(f'{name} {label}|{",".join(f"{m}:{score[m]!s}" for m in members)}')
        else:
            rows.append(f'{name} {",".join(CLASSES[m] for m in members)}')
    return '\n'.join([*rows, ''])


def _shift_members(by: int):
    def mutate(rng, data: bytes) -> bytes:
        lines = [line.rsplit(' ', 1) for line in data.decode().rstrip('\n').split('\n')]
        rows = [
            f'{name} {",".join(str(int(m) + by) for m in members.split(","))}'
            for name, members in lines
        ]
        return ('\n'.join(rows) + '\n').encode()

    return mutate


def _turn_members(rng, data: bytes) -> bytes:
    turn = rng.randrange(1, 7)
    lines = [line.rsplit(' ', 1) for line in data.decode().rstrip('\n').split('\n')]
    rows = [
        f'{name} {",".join(str((int(m) + turn) % 7) for m in members.split(","))}'
        for name, members in lines
    ]
    return ('\n'.join(rows) + '\n').encode()


OTHER_MEMBERS = [
    Mutation('ids+1', MEANING, _shift_members(1)),
    Mutation('ids-1', MEANING, _shift_members(-1)),
    Mutation('other_class_order', MEANING, _turn_members),
]
SET_ROWS = Table(' ', 0, named=False, ids=())
for kind in ('ids', 'label and weights', 'names'):
    more = OTHER_MEMBERS if kind == 'ids' else []
    write = _text('sets.txt', _listed(kind))
    add(Reader(f'candidates: list, {kind}', write, _read_candidates, of_table(SET_ROWS) + more))
add(Reader('candidates: own table', _own_candidates, _read_candidates, of_table(Table(',', 11))))


def _own_scores(folder: Path) -> Path:
    logits = np.random.default_rng(1).normal(size=(56, 7))
    write_scores(folder / 'scores.csv', IMAGES, logits, CLEAN, dict(kind='cross'))
    return folder / 'scores.csv'


def _bare_scores() -> str:
    logits = np.random.default_rng(1).normal(size=(56, 7)).round(4)
    rows = [','.join([name, *map(str, row)]) for name, row in zip(NAMES, logits.tolist())]
    return '\n'.join([','.join(['name', *CLASSES]), *rows, ''])


def _read_scores(folder: Path) -> dict:
    scores = read_scores(str(next(folder.iterdir())), IMAGES, CLEAN)
    return _by_name(map(tuple, scores.tolist()))


BY_HEADER = 'the header alone says which column is which class'
stated = dict(exchange_column_below=BY_HEADER)
add(Reader('scores: own table', _own_scores, _read_scores, of_table(Table(',', 6, ids=()))))
add(
    Reader(
        'scores: bare',
        _text('s.csv', _bare_scores()),
        _read_scores,
        of_table(Table(ids=())),
        stated,
    )
)


def _own_folds(folder: Path) -> Path:
    write_image_table(folder / 'folds.csv', NAMES, dict(fold=np.arange(56) % 5), dict(seed=0))
    return folder / 'folds.csv'


def _read_folds(folder: Path) -> dict:
    return _by_name(read_folds(str(next(folder.iterdir())), IMAGES).tolist())


def _bare_folds() -> str:
    return '\n'.join(['image,fold', *(f'{n},{i % 5}' for i, n in enumerate(NAMES)), ''])


add(Reader('folds: own table', _own_folds, _read_folds, of_table(Table(',', 4))))
SAME = 'folds have no names: another number is the same division'
renamed = dict.fromkeys(('ids+1', 'ids-1', 'other_class_order'), SAME)
add(Reader('folds: bare', _text('f.csv', _bare_folds()), _read_folds, of_table(Table()), renamed))


# -- landmarks


def _points(number: int) -> np.ndarray:
    """(20, number, 2), upright faces of 100 pixels."""
    five = np.array([[35, 40], [65, 40], [50, 58], [38, 75], [62, 75]], float)
    rng = np.random.default_rng(2)
    if number == 68:
        t = np.linspace(0, np.pi, 17)
        jaw = np.stack([50 - 38 * np.cos(t), 45 + 45 * np.sin(t)], 1)
        brows = np.stack([np.r_[22:42:5j, 58:78:5j], np.full(10, 30.0)], 1)
        nose = np.r_[
            np.c_[np.full(4, 50.0), np.r_[40:55:4j]], np.c_[np.r_[44:56:5j], np.full(5, 59.0)]
        ]
        eye = np.array([[-6, 0], [-3, -2], [3, -2], [6, 0], [3, 2], [-3, 2]], float)
        mouth = np.stack(
            [
                50 + 12 * np.cos(np.linspace(np.pi, -np.pi, 21)[:-1]),
                75 - 4 * np.sin(np.linspace(np.pi, -np.pi, 21)[:-1]),
            ],
            1,
        )
        five = np.r_[jaw, brows, nose, eye + (35, 40), eye + (65, 40), mouth]
    return (five + rng.normal(scale=0.8, size=(20, *five.shape))).round(2)


def _landmarks(number: int, header: bool) -> str:
    rows = [
        ','.join([n, *map(str, p.ravel())])
        for n, p in zip(NAMES, _points(number).tolist())
        for p in [np.array(p)]
    ]
    head = ['file', *(f'{axis}{i}' for i in range(number) for axis in 'xy')]
    return '\n'.join([*[','.join(head)] * header, *rows, ''])


def _read_landmarks(folder: Path) -> dict:
    path = next(folder.iterdir())
    table = LandmarkTable(path)
    found = {
        n: [
            (*f.box.round(3).tolist(), *f.points.ravel().round(3).tolist())
            for f in table.find(f'/d/{n}')
        ]
        for n in NAMES[:20]
    }
    return {name: faces for name, faces in found.items() if faces}


def _rafdb_landmarks(folder: Path) -> Path:
    (folder / 'manual').mkdir()
    for name, points in zip(NAMES, _points(5)):
        text = ''.join(f'{x} {y}\n' for x, y in points)
        (folder / f'manual/{name[:-4]}_manu_attri.txt').write_text(text)
    return folder / f'manual/{NAMES[3][:-4]}_manu_attri.txt'


UPRIGHT = 'points that are still those of upright faces'
exchanged = dict(exchange_column=UPRIGHT, exchange_column_below=UPRIGHT)
for number in (5, 68):
    for header in (True, False):
        table = Table(',', int(header), named=header, ids=())
        name = f'landmarks: {number} points' + ', header' * header
        write = _text('points.csv', _landmarks(number, header))
        add(Reader(name, write, _read_landmarks, of_table(table), exchanged))
add(Reader("landmarks: RAF-DB's folder", _rafdb_landmarks, _read_landmarks, [*LINES, *ANY]))
