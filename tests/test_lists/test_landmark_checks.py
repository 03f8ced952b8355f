"""Tables of real faces pass, whatever single faces look like; others say what would fit."""

import numpy as np
import pytest
from landmark_layouts import RIGHT, WRONG, five, positional, scenes, table

from mmfer.lists.landmark_checks import Points, check_points
from mmfer.lists.landmarks import LandmarkTable


def turned(points, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    middle = points.mean(0)
    return (points - middle) @ np.array([[c, s], [-s, c]]) + middle


def profile(points, share=0.1):
    """Eyes and mouth corners at nearly one place, the nose beside them."""
    points = points.copy()
    for left, right in ((0, 1), (3, 4)):
        points[[left, right]] = points[[left, right]].mean(0) + [[-share], [share]] * (
            points[right] - points[left]
        )
    return points + [[0, 0], [0, 0], [8, 0], [0, 0], [0, 0]]


def check(faces, named=False, boxes=None, **how):
    five = np.stack(faces)
    wheres = [f't.csv, line {i + 1}' for i in range(len(five))]
    eyes = np.zeros(len(five))
    return check_points(Points('t.csv', five, eyes, wheres, [*five], named, boxes), **how)


def test_faces_of_all_kinds_in_one_table(told):
    faces = [turned(p, angle) for p, angle in zip(five(), (0, 55, -55, 180, -90, 20))]
    faces += five()[:3]
    faces += [profile(five()[0]), profile(turned(five()[1], 30))]
    given = np.stack(faces)
    verdict = check(faces)
    assert np.array_equal(verdict.five, given) and verdict.faults == [''] * 11
    assert not verdict.shares
    (line,) = told
    assert '2 of 11 faces lie on their side or upside down, the first: t.csv, line 4' in line


@pytest.mark.parametrize('angle', [0, 60, 90, 180, -120])
@pytest.mark.parametrize('change', [lambda p: p, profile])
def test_one_face_alone_may_lie_anywhere(angle, change):
    face = turned(change(five()[0]), angle)
    if change is profile:  # no table of nothing but profiles: insist
        with pytest.raises(ValueError, match='as_listed=True'):
            check([face])
    else:
        assert check([face]).faults == ['']
    assert np.array_equal(check([face], as_listed=True).five[0], face)


def test_a_table_of_lying_faces_is_refused():
    faces = [turned(p, 90) for p in five()]
    with pytest.raises(ValueError, match='6 of 6 are none; they lie on their side or upside down'):
        check(faces)
    assert not check(faces, as_listed=True).shares


def test_single_wrong_rows_are_named_and_not_used(told):
    faces = [*five(), five()[0][[1, 0, 2, 4, 3]], np.zeros((5, 2)), -np.ones((5, 2))]
    verdict = check(faces)
    assert [bool(fault) for fault in verdict.faults] == [False] * 6 + [True] * 3
    assert verdict.faults[7].startswith('t.csv, line 8: the points [[0.0, 0.0], ')
    (line,) = told
    assert line.startswith('WARNING t.csv: 3 of 9 faces are not used')
    assert 'the first: t.csv, line 7' in line and '--as-listed' in line


def test_half_a_table_of_another_order_is_refused():
    """Two tables were put together."""
    faces = [*five()[:4], *(p[[1, 0, 2, 4, 3]] for p in five()[:4])]
    with pytest.raises(ValueError, match='t.csv, line 5: .*4 of 8 are none; check the order'):
        check(faces)


@pytest.mark.parametrize(
    'layout, fix',
    [
        ('blocks without a header', 'with the header file,x1,...,x5,y1,...,y5'),
        ('alternating as blocks', 'with the header file,x1,y1,...,x5,y5'),
        ('y1..y5 x1..x5', 'with the header file,y1,...,y5,x1,...,x5'),
        ('y before x', 'x and y exchanged'),
        ('y before x, by name', 'x and y exchanged'),
        ('68, y before x', 'they would fit with x and y exchanged .correct the header.: look at'),
        ('order 1 0 2 4 3', 'as points of mirrored pictures'),
        ('y from below', 'give the height less y'),
        ('68 mirrored', 'points of mirrored pictures'),
        ('68 in blocks without a header', 'with the header file,x1,...,x68,y1,...,y68'),
        (
            'order 1 0 2 4 3',
            'with the header file,right_eye_x,right_eye_y,left_eye_x,left_eye_y,nose_x,nose_y,'
            'mouth_right_x,mouth_right_y,mouth_left_x,mouth_left_y',
        ),
        (
            'order 2 0 1 4 3',
            'with the header file,nose_x,nose_y,left_eye_x,left_eye_y,right_eye_x,right_eye_y,'
            'mouth_right_x,mouth_right_y,mouth_left_x,mouth_left_y',
        ),
        ('upside down', 'lie on their side or upside down'),
        ('one place', 'check the order of the points and of the columns'),
        ('from -1 to 1', r'do they count from -1 to 1\? .*\(value \+ 1\) / 2'),
    ],
)
def test_what_would_fit_is_told(tmp_path, layout, fix):
    path = WRONG[layout](tmp_path)
    with pytest.raises(ValueError, match=f'l.csv, line [12]: .*{fix}.*--as-listed'):
        LandmarkTable(path)
    if 'header file' in fix:  # and it does
        header = fix.split()[-1].split(',')
        rows = [row for row in path.read_text().splitlines() if not row.startswith('file')]
        if '...' in header:
            count, (a, b) = len(rows[0].split(',')) // 2, (header[1][0], header[-1][0])
            names = [f'{axis}{i}' for axis in (a, b) for i in range(1, count + 1)]
            if header[2] == 'y1':
                names = [f'{axis}{i}' for i in range(1, count + 1) for axis in (a, b)]
            header = ['file', *names]
        path.write_text('\n'.join([','.join(header), *rows]))
        found = [LandmarkTable(path).find(name)[0].points for name in scenes()[0]]
        assert np.array_equal(found, five())


def test_whose_left_is_meant(tmp_path, told):
    LandmarkTable(RIGHT['by name'](tmp_path))
    assert 'person' not in ' '.join(told)
    LandmarkTable(RIGHT["by name, the person's"](tmp_path))
    assert "its left eye is the person's own, on the right of the picture" in told[1]
    assert '6 faces, points by the columns left_eye, right_eye' in told[2]


def test_shares(told):
    faces = [p / (130, 140) for p in five()]
    verdict = check(faces)
    assert verdict.shares and np.array_equal(verdict.five, np.stack(faces))
    wrong = check([*faces, five()[0]])  # pixels in one row
    assert wrong.shares and [bool(fault) for fault in wrong.faults] == [False] * 6 + [True]
    assert not check([*five(), faces[0]]).faults[0]
    assert 'no face' in check([*five(), faces[0]]).faults[6]  # within two pixels


def test_boxes(tmp_path):
    boxes = np.array([[*p.min(0) - 9, *np.ptp(p, axis=0) + 18] for p in five()])
    assert check(five(), boxes=boxes).faults == [''] * 6
    assert check(five(), boxes=boxes * np.nan).faults == [''] * 6
    with pytest.raises(ValueError, match='line 1: .*lie outside of the box .*as those of 6 of 6'):
        check([p + 200 for p in five()], boxes=boxes)
    one = np.array([p + 200 * (i == 0) for i, p in enumerate(five())])
    assert check(one, boxes=boxes).faults == [''] * 6


def test_shares_of_the_box_are_seen_with_the_picture(tmp_path):
    header = ['file', 'x', 'y', 'w', 'h', *(f'{a}{i}' for i in range(5) for a in 'xy')]
    rows = [
        [name, 300, 400, 50, 50, *((p - p.min(0) + 9) / 60).ravel()]
        for name, p in zip(scenes()[0], five())
    ]
    found = LandmarkTable(table(tmp_path / 'l.csv', header, rows))
    with pytest.raises(ValueError, match='lie outside of the box .* give shares of the whole'):
        found.find(scenes()[0][0], size=(1000, 1000))
    whole = [[*row[:5], *((p + (250, 350)) / 1000).ravel()] for row, p in zip(rows, five())]
    found = LandmarkTable(table(tmp_path / 'l.csv', header, whole))
    assert np.allclose(found.find(scenes()[0][0], size=(1000, 1000))[0].points - five()[0],
                       (250, 350))  # fmt: skip
    with pytest.raises(ValueError, match=r"give the picture's size=\(width, height\)"):
        found.find(scenes()[0][0])


def test_a_face_outside_of_its_picture(tmp_path):
    found = LandmarkTable(positional()(tmp_path))
    name = scenes()[0][0]
    found.find(name, size=(1000, 1000))
    with pytest.raises(ValueError, match='fewer than two of the points .* picture of 20 x 20'):
        found.find(name, size=(20, 20))
