"""Headers of landmark tables."""

import pytest

from mmfer.lists.landmark_columns import Columns, find_columns

XY = [f'{axis}{i}' for i in range(1, 6) for axis in 'xy']
PAIRS = tuple((i, i + 1) for i in range(1, 11, 2))


def places(header):
    return find_columns(header, 't.csv, line 1')


@pytest.mark.parametrize(
    'names',
    [
        'x1 y1 x2 y2 x3 y3 x4 y4 x5 y5',
        'x_0 y_0 x_1 y_1 x_2 y_2 x_3 y_3 x_4 y_4',
        'X1 Y1 X2 Y2 X3 Y3 X4 Y4 X5 Y5',
        'p1x p1y p2x p2y p3x p3y p4x p4y p5x p5y',
        'landmark_1_x landmark_1_y landmark_2_x landmark_2_y landmark_3_x landmark_3_y '
        'landmark_4_x landmark_4_y landmark_5_x landmark_5_y',
        'x[0] y[0] x[1] y[1] x[2] y[2] x[3] y[3] x[4] y[4]',
    ],
)
def test_numbers(names):
    found = places(['file', *names.split()])
    assert found[:4] == (0, PAIRS, None, False)


def test_columns_may_stand_in_any_order():
    header = ['y3', 'x5', 'image_path', *(name for name in XY if name not in ('y3', 'x5')), 'sex']
    found = places(header)
    assert found.name == 2
    assert [(header[x], header[y]) for x, y in found.points] == [
        (f'x{i}', f'y{i}') for i in range(1, 6)
    ]


WORDS = {
    'plain': 'left_eye right_eye nose mouth_left mouth_right',
    'celeba': 'lefteye righteye nose leftmouth rightmouth',
    'retina': 'left_eye right_eye nose left_lip right_lip',
    'kaggle': 'left_eye_center right_eye_center nose_tip mouth_left_corner mouth_right_corner',
    'short': 'l_eye r_eye nose l_mouth r_mouth',
    'pupils': 'pupil_left pupil_right nosetip mouth_corner_left mouth_corner_right',
}


@pytest.mark.parametrize('way', ['{}_x {}_y', 'x_{} y_{}', '{}X {}Y', '{}.x {}.y', '{} (x) {} (y)'])
@pytest.mark.parametrize('names', WORDS)
def test_words(names, way):
    header = ['file']
    for name in WORDS[names].split():
        for axis in 'xy':
            one = {'x': way.rsplit(' {}', 1)[0].rsplit(' y', 1)[0]}
            header.append((one['x'] if axis == 'x' else one['x'].translate({120: 121, 88: 89}))
                          .format(name))  # fmt: skip
    assert places(header) == Columns(
        0, PAIRS, None, True, title='left_eye, right_eye, nose, mouth_left, mouth_right'
    )


def test_other_words_are_other_points():
    more = ['left_eye_inner_corner_x', 'left_eyebrow_x', 'mouth_center_top_lip_x', 'left_ear_y']
    five = [f'{name}_{axis}' for name in WORDS['kaggle'].split() for axis in 'xy']
    assert places(['file', *five, *more]).points == PAIRS
    assert places(['file', *more]) is None


def openface(first=('frame', 'face_id', 'timestamp'), success=True):
    """As FeatureExtraction writes it, less the action units."""
    eyes = [f'eye_lmk_{axis}_{i}' for axis in 'xy' for i in range(56)]
    eyes += [f'eye_lmk_{axis}_{i}' for axis in 'XYZ' for i in range(56)]
    gaze = [f'gaze_{i}_{axis}' for i in (0, 1) for axis in 'xyz']
    points = [f'{axis}_{i}' for axis in 'xyXYZ' for i in range(68)]
    pose = ['pose_Tx', 'pose_Ty', 'pose_Tz', 'p_scale', 'p_rx', 'p_tx', *(f'p_{i}' for i in '0123')]
    return [*first, 'confidence', *['success'] * success, *gaze, *eyes, *pose, *points, 'AU01_r']


def test_openface():
    header = openface(('face',), success=False)
    found = places(header)
    assert found.name is None and found.success is None and not found.named
    assert [(header[x], header[y]) for x, y in found.points] == [
        (f'x_{i}', f'y_{i}') for i in range(68)
    ]
    header = ['file', *openface()]
    found = places(header)
    assert found.name == 0 and header[found.success] == 'success' and len(found.points) == 68
    with pytest.raises(ValueError, match="no column of the images; add one called 'file'"):
        places(openface())


@pytest.mark.parametrize(
    'header, box',
    [
        (['file', 'x', 'y', 'w', 'h', *XY], (1, 2, 3, 4)),
        (['file', *XY, 'face_x', 'face_y', 'face_width', 'face_height'], (11, 12, 13, 14)),
        (['x', 'y', 'path', *XY], ()),
    ],
)
def test_boxes_are_no_points(header, box):
    found = places(header)
    assert found.box == box and len(found.points) == 5


def test_one_field_of_all():
    assert places(['image', 'Landmarks', 'label'])[:3] == (0, (), 1)
    assert places(['image', 'landmarks', *XY]).joined is None


@pytest.mark.parametrize('header', [['file', *'abcdefghij'], ['file', 'label'], ['x', 'y', 'file']])
def test_headers_that_tell_nothing(header):
    assert places(header) is None


@pytest.mark.parametrize(
    'header, message',
    [
        (['file', *XY[:-1]], r'points 1 to 5, without both x and y: \[5\]'),
        (['file', *XY[:2], *XY[4:], 'x6', 'y6'], r'points 1 to 6, without both x and y: \[2\]'),
        (['file', *XY, 'x2'], r"twice: \['x2'\]"),
        (['file', *XY[:8]], r"numbers of points \{'x1': 4\}; allowed: 5 .*68 .*98 .*106"),
        (['file', *(f'{a}{i}' for i in range(106) for a in 'xy')], "{'x0': 106}; allowed: 5"),
        (['file', *XY, *(f'p_{name}' for name in XY)], 'several sets of points'),
        (['file', *(f'{a}{i}' for i in range(2, 7) for a in 'xy')], 'from 0 or 1 on'),
        (['file', 'image', *XY], r"\['file', 'image'\] may all be the image"),
        (XY, 'no column of the images'),
        (['file', 'left_eye_x', 'left_eye_y'], 'there is no right_eye_x, no right_eye_y, no nose'),
        (
            ['file', *(f'{n}_{a}' for n in WORDS['plain'].split() for a in 'xy'), 'nosetip_x'],
            'two nose_x',
        ),
    ],
)
def test_headers_that_are_refused(header, message):
    with pytest.raises(ValueError, match=f'^t.csv, line 1: .*{message}'):
        places(header)


def test_long_names_are_read_at_once():
    assert len(places(['file', 'left' * 500 + '_' * 500 + '!', *XY]).points) == 5
