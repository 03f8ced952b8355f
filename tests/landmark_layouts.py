"""Tables of landmarks in all layouts that are read, and in those that are not."""

import csv
from functools import lru_cache
from itertools import permutations

import cv2
import numpy as np

from mmfer.functional import reduce_landmarks
from mmfer.lists.affectnet_lists import COLUMNS as AFFECTNET
from mmfer.synthetic.draw import draw_scene
from mmfer.synthetic.sample import sample_face

PERSONS = [1, 0, 2, 4, 3]  # the order of one who is looked at
WORDS = ('left_eye', 'right_eye', 'nose', 'mouth_left', 'mouth_right')
COUNT = 6


@lru_cache
def scenes():
    """Six drawn faces in larger pictures: names, pictures, 68 landmarks of each."""
    drawn = [draw_scene(sample_face(3, number), 64) for number in range(COUNT)]
    images = [image for image, _, _ in drawn]
    return [f'in/{i}.png' for i in range(COUNT)], images, [points for *_, points in drawn]


def write_pictures(folder):
    for name, image, _ in zip(*scenes()):
        (folder / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), image)


def five():
    return [reduce_landmarks(points) for points in scenes()[2]]


def ninety_eight(points):
    """98 in WFLW's order with the same five."""
    many = np.full((98, 2), points.mean(0))
    many[60:68], many[68:76] = points[0], points[1]
    many[[54, 76, 82]] = points[2:]
    return many


def numbers(points):
    return [repr(float(value)) for value in np.ravel(points)]


def table(path, header, rows, delimiter=',', **how):
    with open(path, 'w', newline='') as file:
        rows = [header, *rows] if header else rows
        csv.writer(file, delimiter=delimiter, **how).writerows(rows)
    return path


def positional(change=lambda p: p, points=five, header=None, **how):
    """``file, x, y, x, y, ...`` of points that are changed first."""

    def write(folder):
        rows = [[name, *numbers(change(p))] for name, p in zip(scenes()[0], points())]
        return table(folder / 'l.csv', header, rows, **how)

    return write


def by_name(names, way='{}_{}', order=(0, 1, 2, 3, 4), more=(), points=five, shares=False, **how):
    """Columns of x and y of the points called ``names``; ``more``: columns of ones."""

    def write(folder):
        header = ['file', *more, *(way.format(name, axis) for name in names for axis in 'xy')]
        rows = []
        for name, image, p in zip(*scenes()[:2], points()):
            p = p[list(order)] / (image.shape[1::-1] if shares else 1)
            rows.append([name, *[1] * len(more), *numbers(p)])
        return table(folder / 'l.csv', header, rows, **how)

    return write


def shuffled(seed=0):
    def write(folder):
        order = np.random.default_rng(seed).permutation(11)
        header = ['file', *(f'{a}{i}' for i in range(1, 6) for a in 'xy')]
        rows = [[name, *numbers(p)] for name, p in zip(scenes()[0], five())]
        header, *rows = ([row[i] for i in order] for row in [header, *rows])
        return table(folder / 'l.csv', header, rows)

    return write


def blocks(points=five, start=1, style='{}{}', axes='xy'):
    """``x1, ..., xn, y1, ..., yn``."""

    def write(folder):
        count = len(points()[0])
        header = ['file', *(style.format(a, i + start) for a in axes for i in range(count))]
        rows = [[name, *numbers(p.T)] for name, p in zip(scenes()[0], points())]
        return table(folder / 'l.csv', header, rows)

    return write


def many():
    return scenes()[2]


def wflw():
    return [ninety_eight(points) for points in five()]


def openface_row(points, success=1):
    eyes, deep = [5.5] * 112, np.random.default_rng(0).normal(0, 50, 68 * 3).round(1).tolist()
    return [0.98, success, 0.1, 0.2, -0.9, *eyes, *numbers(points.T), *deep, 3.2]


OPENFACE = ['confidence', 'success', 'gaze_0_x', 'gaze_0_y', 'gaze_0_z']
OPENFACE += [f'eye_lmk_{a}_{i}' for a in 'xy' for i in range(56)]
OPENFACE += [f'{a}_{i}' for a in 'xyXYZ' for i in range(68)] + ['AU01_r']
OPENFACE = [f' {name}' for name in OPENFACE]  # as in its files


def openface(folder):
    rows = [[name, *openface_row(p)] for name, p in zip(scenes()[0], many())]
    rows.insert(2, [scenes()[0][0], *openface_row(many()[0] * 0, success=0)])
    return table(folder / 'l.csv', ['file', *OPENFACE], rows)


def openface_folder(folder):
    (folder / 'processed').mkdir()
    for name, p in zip(scenes()[0], many()):
        path = folder / 'processed' / name.replace('in/', '').replace('.png', '.csv')
        table(path, ['face', *OPENFACE], [[0, *openface_row(p)]])
    return folder / 'processed'


def affectnet(header):
    def write(folder):
        rows = []
        for name, p in zip(scenes()[0], many()):
            low, high = p.min(0), p.max(0)
            box = [*low.round(), *(high - low).round()]
            rows.append([name, *box, ';'.join(numbers(p)), 1, 0.1, 0.2])
        return table(folder / 'l.csv', AFFECTNET if header else None, rows)

    return write


def rafdb(folder):
    (folder / 'manual').mkdir()
    for name, p in zip(scenes()[0], five()):
        text = ''.join('\t'.join(numbers(point)) + '\n' for point in p) + '0\n1\n2\n'
        stem = name.replace('in/', '').replace('.png', '')
        (folder / 'manual' / f'{stem}_manu_attri.txt').write_text(text)
    return folder / 'manual'


def joined(folder):
    rows = [[name, str(p.tolist()), 3] for name, p in zip(scenes()[0], five())]
    return table(folder / 'l.csv', ['image', 'landmarks', 'label'], rows)


def wflw_list(extras):
    def write(folder):
        rows = []
        for name, p in zip(scenes()[0], wflw()):
            low, high = p.min(0).round(), p.max(0).round()
            rows.append([*numbers(p), *[*low, *high, 0, 0, 0, 1, 0, 0][:extras], name])
        return table(folder / 'l.txt', None, rows, delimiter=' ')

    return write


def indexed(folder):
    header = ['', 'image_path', *(f'x{i}' for i in range(5)), *(f'y{i}' for i in range(5))]
    rows = [[i, name, *numbers(p.T)] for i, (name, p) in enumerate(zip(scenes()[0], five()))]
    return table(folder / 'l.csv', header, rows)


def unit_shares(change=lambda p: p):
    def write(folder):
        rows = []
        for name, image, p in zip(*scenes()[:2], five()):
            rows.append([name, *numbers(change(p / image.shape[1::-1]))])
        return table(folder / 'l.csv', None, rows)

    return write


KAGGLE = [f'{s}_eye_center' for s in ('left', 'right')]
KAGGLE += ['nose_tip', 'mouth_left_corner', 'mouth_right_corner']
CELEBA = ('lefteye', 'righteye', 'nose', 'leftmouth', 'rightmouth')
LIPS = ('left_eye', 'right_eye', 'nose', 'left_lip', 'right_lip')
OTHERS = ('left_eye_inner_corner_x', 'mouth_center_top_lip_y', 'score', 'x', 'label')
XY = [f'{a}{i}' for i in range(1, 6) for a in 'xy']

# Each gives the same crops.
RIGHT = {
    'x1 y1 x2 y2': positional(),
    'x1 y1 with a header': positional(header=['file', *XY]),
    'letters': positional(header=['File Name', *'abcdefghij']),
    'numbered columns': positional(header=['file', *range(10)]),
    'semicolons': positional(delimiter=';'),
    'tabs': positional(delimiter='\t'),
    'blanks': positional(delimiter=' '),
    'x1..x5 y1..y5': blocks(),
    'x_0..x_4 y_0..y_4': blocks(start=0, style='{}_{}'),
    'blanks in the header': blocks(start=0, style=' {}_{}'),
    'X1..X5 Y1..Y5': blocks(axes='XY'),
    'index of pandas': indexed,
    'columns in any order': shuffled(),
    'by name': by_name(WORDS),
    "by name, the person's": by_name(WORDS, order=PERSONS),
    "by name, the person's, right eye first": by_name([WORDS[i] for i in PERSONS]),
    'in another order': by_name([WORDS[i] for i in (2, 0, 4, 1, 3)], order=(2, 0, 4, 1, 3)),
    'CelebA': by_name(CELEBA),
    'RetinaFace': by_name(LIPS, order=PERSONS),
    'camel case': by_name(('leftEye', 'rightEye', 'nose', 'mouthLeft', 'mouthRight'), '{}{}'),
    'Kaggle': by_name(KAGGLE, more=OTHERS, order=PERSONS),
    'shares': unit_shares(),
    'shares by name': by_name(WORDS, order=PERSONS, shares=True),
    'one field': joined,
    '68': positional(points=many),
    '68 in blocks': blocks(points=many),
    '98': positional(points=wflw),
    '98 in blocks': blocks(points=wflw, start=0),
    'WFLW': wflw_list(10),
    'WFLW without extras': wflw_list(0),
    'OpenFace': openface,
    "OpenFace's folder": openface_folder,
    'AffectNet': affectnet(True),
    'AffectNet without a header': affectnet(False),
    'RAF-DB': rafdb,
}


# Each is refused.
WRONG = {
    'blocks without a header': positional(lambda p: p.T),
    'blocks as alternating': positional(lambda p: p.T, header=['file', *XY]),
    'alternating as blocks': positional(
        header=['file', *(f'x{i}' for i in range(5)), *(f'y{i}' for i in range(5))]
    ),
    'y before x': positional(lambda p: p[:, ::-1]),
    'y before x, as x and y': positional(lambda p: p[:, ::-1], header=['file', *XY]),
    'y before x, by name': by_name(WORDS, points=lambda: [p[:, ::-1] for p in five()]),
    "y before x, by name, the person's": by_name(
        WORDS, points=lambda: [p[:, ::-1] for p in five()], order=PERSONS
    ),
    'y1..y5 x1..x5': positional(lambda p: p[:, ::-1].T),
    'y from below': positional(lambda p: p * (1, -1) + (0, 120)),
    'y from below, by name': by_name(
        WORDS, points=lambda: [p * (1, -1) + (0, 120) for p in five()]
    ),
    'upside down': positional(lambda p: 120 - p),
    'mirrored': positional(lambda p: p * (-1, 1) + (120, 0)),
    'from -1 to 1': unit_shares(lambda p: 2 * p - 1),
    'from -1 to 1, by name': by_name(WORDS, points=lambda: [p / 50 - 1.2 for p in five()]),
    'one place': positional(lambda p: p * 0 + 5),
    'minus one': positional(lambda p: p * 0 - 1),
    'eyes by the picture, mouth by the person': by_name(WORDS, order=(0, 1, 2, 4, 3)),
    '68 in blocks without a header': positional(lambda p: p.T, points=many),
    '68, y before x': positional(lambda p: p[:, ::-1], points=many),
    '68 mirrored': positional(lambda p: p * (-1, 1) + (120, 0), points=many),
    '68 backwards': positional(lambda p: p[::-1], points=many),
    '98 in blocks without a header': positional(lambda p: p.T, points=wflw),
    '106': positional(lambda p: np.concatenate([p, p[:8]]), points=wflw),
    '106 with a header': blocks(points=lambda: [np.concatenate([p, p[:8]]) for p in wflw()]),
    'shares in blocks': unit_shares(lambda p: p.T),
    'shares, y before x': unit_shares(lambda p: p[:, ::-1]),
    'shares, right eye first': unit_shares(lambda p: p[PERSONS]),
    'larger pictures': positional(lambda p: p * 4),
    'much smaller pictures': positional(lambda p: p * 0.2),
    **{
        'order ' + ' '.join(map(str, order)): positional(lambda p, order=order: p[list(order)])
        for order in [*permutations(range(5))][1:]
    },
    **{
        f'68 in order {seed}': positional(
            lambda p, seed=seed: np.random.default_rng(seed).permutation(p), points=many
        )
        for seed in range(60)
    },
}
