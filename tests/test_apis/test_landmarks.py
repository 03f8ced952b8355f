"""Landmarks from files as they circulate, and from MobileFaceNet under its public names."""

import csv

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmfer.apis import DetectedFace, LandmarkFile, MobileFaceNetLandmarks

FIVE = np.array([(30, 40), (70, 41), (50, 60), (35, 80), (66.5, 81)], float)


def sixty_eight(five=FIVE):
    points = np.full((68, 2), five.mean(0))
    points[36:42], points[42:48] = five[0], five[1]
    points[[30, 48, 54]] = five[2:]
    points[8] = (50, 110)  # the chin
    return points


def write_rows(path, *rows):
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows(rows)
    return path


def row(name, points):
    return [name, *np.ravel(points)]


@pytest.mark.parametrize('header', [(), (['file', *(f'{a}{i}' for i in range(5) for a in 'xy')],)])
@pytest.mark.parametrize('points', [FIVE, sixty_eight()], ids=['5', '68'])
def test_a_csv(tmp_path, header, points):
    path = write_rows(
        tmp_path / 'l.csv', *header, row('a/1.jpg', points), row('a/2.jpg', points + 1)
    )
    table = LandmarkFile(path)
    (face,) = table.find('/data/a/1.jpg')
    assert np.array_equal(face.points, FIVE)
    low, high = points.min(0), points.max(0)
    assert face.box.tolist() == [*low, *(high - low)]
    assert np.array_equal(table.find('a/2.jpg')[0].points, FIVE + 1)
    assert table.find('/data/a/3.jpg') == []


def test_several_faces_of_a_picture(tmp_path):
    path = write_rows(tmp_path / 'l.csv', row('1.jpg', FIVE), row('1.jpg', FIVE + 9))
    assert [f.points[0].tolist() for f in LandmarkFile(path).find('x/1.jpg')] == [
        [30, 40],
        [39, 49],
    ]


def test_paths_are_compared_from_their_ends(tmp_path):
    table = LandmarkFile(
        write_rows(
            tmp_path / 'l.csv',
            row('old/disk/a/1.jpg', FIVE),
            row('old/disk/b/1.jpg', FIVE + 1),
            row('b\\7.jpg', FIVE + 7),
            row('stem', FIVE + 8),
        )
    )

    def first(*arguments):
        return [f.points[0, 0] - 30 for f in table.find(*arguments)]

    assert first('/new/a/1.jpg', '/new') == [0]
    assert first('/new/b/1.jpg', '/new/b') == [1]  # further than the root
    assert first('/new/c/1.jpg', '/new') == []  # another folder's
    assert first('/new/x/b/7.jpg', '/new') == [7]  # a row may be the shorter
    assert first('/new/c/7.jpg', '/new') == []
    assert first('/new/stem.png', '/new') == [8]  # listed without an ending
    with pytest.raises(ValueError, match=r'line 1 or .*line 2; give a folder further up'):
        table.find('/new/c/1.jpg', '/new/c')


def test_rafdb_annotations(tmp_path):
    for i in (1, 2):
        (tmp_path / f'train_0000{i}_manu_attri.txt').write_text(
            ''.join(f'{x + i}\t{y}\n' for x, y in FIVE) + '0\n1\n2\n'
        )
    table = LandmarkFile(tmp_path)
    (face,) = table.find('Image/original/train_00002.jpg', 'Image/original')
    assert np.array_equal(face.points, FIVE + (2, 0))
    assert table.find('train_00002_aligned.jpg') == []


def test_rafdb_annotations_with_blank_lines(tmp_path):
    (tmp_path / 'train_00001_manu_attri.txt').write_bytes(
        b'\xef\xbb\xbf\r\n' + b'\r\n \r\n'.join(b'%g %g' % tuple(p) for p in FIVE) + b'\r\n0\r\n1'
    )
    (face,) = LandmarkFile(tmp_path).find('train_00001.jpg')
    assert np.array_equal(face.points, FIVE)


@pytest.mark.parametrize(
    'content, message',
    [
        (b'1 2\n3 \xe9\n', 'line 2: byte 0xe9 is not UTF-8'),
        ('1 2\n3 4\n'.encode('utf-16'), 'line 1: byte 0xff is not UTF-8'),
        (b'1 2\n\n3 nan\n' + b'4 5\n' * 3, r"line 3: .*not finite: \['nan'\]"),
        (b'1 2\n3 four\n' + b'4 5\n' * 3, r"line 2: .*no numbers: \['four'\]$"),
        (b'', "0 numbers for 'train_1'"),
    ],
)
def test_rafdb_annotations_of_another_kind(tmp_path, content, message):
    (tmp_path / 'train_1_manu_attri.txt').write_bytes(content)
    with pytest.raises(ValueError, match=f'train_1_manu_attri.txt(, |: ){message}'):
        LandmarkFile(tmp_path)


AFFECTNET = [
    'subDirectory_filePath',
    'face_x',
    'face_y',
    'face_width',
    'face_height',
    'facial_landmarks',
    'expression',
    'valence',
    'arousal',
]


def affectnet_row(name, points=(), expression=1):
    return [name, 134, 134, 899, 899, ';'.join(map(str, np.ravel(points))), expression, 0.78, 0]


@pytest.mark.parametrize('header', [AFFECTNET, [name.lower() for name in AFFECTNET], None])
def test_affectnet(tmp_path, header):
    path = write_rows(
        tmp_path / 'training.csv',
        *[header] * bool(header),
        affectnet_row('689/737db.jpg', sixty_eight()),
    )
    (face,) = LandmarkFile(path).find(
        '/a/Manually_Annotated_Images/689/737db.jpg', '/a/Manually_Annotated_Images'
    )
    assert np.array_equal(face.points, FIVE)


@pytest.mark.parametrize('header', [(), (AFFECTNET,)], ids=['bare', 'header'])
@pytest.mark.parametrize('empty_first', [True, False])
def test_affectnet_rows_without_landmarks(tmp_path, header, empty_first):
    rows = [affectnet_row('1/none.jpg', expression=10), affectnet_row('1/face.jpg', sixty_eight())]
    table = LandmarkFile(
        write_rows(tmp_path / 'l.csv', *header, *(rows if empty_first else rows[::-1]))
    )
    assert table.find('1/none.jpg') == []
    assert np.array_equal(table.find('1/face.jpg')[0].points, FIVE)


@pytest.mark.parametrize(
    'rows',
    [
        [['File Name', *'abcdefghij'], row('1.jpg', FIVE)],
        [row('1.jpg', FIVE)],
        [AFFECTNET, affectnet_row('1.jpg', sixty_eight())],
        [affectnet_row('1.jpg', sixty_eight())],
    ],
    ids=['header', 'bare', 'AffectNet', 'AffectNet bare'],
)
def test_blank_lines(tmp_path, rows):
    path = write_rows(tmp_path / 'l.csv', *rows)
    path.write_bytes(b'\xef\xbb\xbf\r\n' + path.read_bytes().replace(b'\n', b'\n \n,,\r\n'))
    (face,) = LandmarkFile(path).find('1.jpg')
    assert np.array_equal(face.points, FIVE)
    write_rows(path, [], *rows[:-1], [], ['2.jpg', *'12345'])
    with pytest.raises(ValueError, match=f'line {len(rows) + 2}: '):
        LandmarkFile(path)


def test_an_image_that_is_called_like_a_header(tmp_path):
    table = LandmarkFile(write_rows(tmp_path / 'l.csv', row('image', FIVE)))
    assert np.array_equal(table.find('image.png')[0].points, FIVE)


@pytest.mark.parametrize('name', ['l.csv', 'training.csv'])
@pytest.mark.parametrize(
    'encoding, message',
    [
        ('latin-1', 'line 2: byte 0xe9 is not UTF-8'),
        ('utf-16', 'line 1: byte 0xff is not UTF-8'),
        ('utf-16-le', 'line 1: '),  # without a mark: UTF-8, full of zero bytes
    ],
)
def test_other_encodings(tmp_path, name, encoding, message):
    make = row if name == 'l.csv' else affectnet_row
    path = write_rows(
        tmp_path / name, make('1.jpg', sixty_eight()), make('\xe9t\xe9.jpg', sixty_eight())
    )
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    with pytest.raises(ValueError, match=f'{name}, {message}') as raised:
        LandmarkFile(path)
    assert not isinstance(raised.value, UnicodeDecodeError)


@pytest.mark.parametrize(
    'rows, message',
    [
        ([row('1.jpg', FIVE), row('2.jpg', FIVE[:4])], "line 2: 8 numbers for '2.jpg'"),
        ([row('1.jpg', FIVE), ['2.jpg', *'abcdefghij']], r"line 2: .*no numbers: \['a', 'b'"),
        ([row('1.jpg', FIVE * np.nan)], "line 1: .*not finite: \\['nan', 'nan', 'nan'\\]"),
        (
            [row('1.jpg', FIVE), row('2.jpg', np.append(FIVE[:4], [[3, np.inf]], 0))],
            r"line 2: .*not finite: \['inf'\]",
        ),
        (
            [affectnet_row('1.jpg', sixty_eight()), affectnet_row('2.jpg', sixty_eight() * np.nan)],
            'line 2: .*not finite',
        ),
        (
            [['1.jpg', '3O', *FIVE.ravel()[1:]], row('2.jpg', FIVE)],
            r"line 1: .*no numbers: \['3O'\]; if this is a header, call its first column file",
        ),
        (
            [['image', '3O', *FIVE.ravel()[1:]], row('2.jpg', FIVE)],
            r"line 1: .*no numbers: \['3O'\]",
        ),
        ([AFFECTNET, affectnet_row('1.jpg')], 'has no landmarks'),
        ([['file', 'x0']], 'has no landmarks'),
        (
            [['subDirectory_filePath', 'face_x', 'facial_landmarks'], ['1.jpg', 3]],
            'line 2: 2 columns',
        ),
        (
            [['subDirectory_filePath', 'facial_landmarks'], ['1.jpg', '1;2;3;4;5;6;7;8;9;10']],
            'line 2: 10 numbers.*68 points',
        ),
    ],
)
def test_rows_of_another_kind(tmp_path, rows, message):
    path = write_rows(tmp_path / 'l.csv', *rows)
    with pytest.raises(ValueError, match=message):
        LandmarkFile(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='Annotation/manual'):
        LandmarkFile(tmp_path / 'no.csv')
    with pytest.raises(ValueError, match=r'no file \*_manu_attri.txt'):
        LandmarkFile(tmp_path)
    (tmp_path / 'train_1_manu_attri.txt').write_text('1 2\n3 4\n')
    with pytest.raises(ValueError, match="4 numbers for 'train_1'; .* 5 points"):
        LandmarkFile(tmp_path)


# --- MobileFaceNet


# Depth-wise blocks of the InsightFace port: name, inputs, hidden, outputs, stride.
BLOCKS = [
    ('conv_23', 64, 128, 64, 2),
    *((f'conv_3.model.{i}', 64, 128, 64, 1) for i in range(4)),
    ('conv_34', 64, 256, 128, 2),
    *((f'conv_4.model.{i}', 128, 256, 128, 1) for i in range(6)),
    ('conv_45', 128, 512, 128, 2),
    *((f'conv_5.model.{i}', 128, 256, 128, 1) for i in range(2)),
]


def published_state(seed=0):
    """Random tensors under the names of the public landmark checkpoints."""
    generator = torch.Generator().manual_seed(seed)
    state = {}

    def norm(name, width):
        for key, low in (
            ('weight', 0.8),
            ('bias', -0.2),
            ('running_mean', -0.2),
            ('running_var', 0.8),
        ):
            state[f'{name}.{key}'] = low + 0.4 * torch.rand(width, generator=generator)
        state[f'{name}.num_batches_tracked'] = torch.tensor(5)

    def unit(name, inputs, outputs, kernel, groups=1, prelu=True):
        fan = inputs // groups * kernel**2
        state[f'{name}.conv.weight'] = (
            torch.randn(outputs, inputs // groups, kernel, kernel, generator=generator) / fan**0.5
        )
        norm(f'{name}.bn', outputs)
        if prelu:
            state[f'{name}.prelu.weight'] = torch.rand(outputs, generator=generator) / 2

    unit('conv1', 3, 64, 3)
    unit('conv2_dw', 64, 64, 3, groups=64)
    for name, inputs, hidden, outputs, _ in BLOCKS:
        unit(f'{name}.conv', inputs, hidden, 1)
        unit(f'{name}.conv_dw', hidden, hidden, 3, groups=hidden)
        unit(f'{name}.project', hidden, outputs, 1, prelu=False)
    unit('conv_6_sep', 128, 512, 1)
    unit('output_layer.conv_6_dw', 512, 512, 7, groups=512, prelu=False)
    state['output_layer.linear.weight'] = torch.randn(136, 512, generator=generator) / 512**0.5
    norm('output_layer.bn', 136)
    return state


def published_forward(state, x):
    """The network by its names, from functions: (N, 3, 112, 112) to (N, 136)."""

    def norm(x, name):
        return F.batch_norm(
            x,
            *(state[f'{name}.{key}'] for key in ('running_mean', 'running_var', 'weight', 'bias')),
        )

    def unit(x, name, stride=1, padding=0, groups=1):
        x = F.conv2d(x, state[f'{name}.conv.weight'], None, stride, padding, 1, groups)
        x = norm(x, f'{name}.bn')
        slope = state.get(f'{name}.prelu.weight')
        return x if slope is None else F.prelu(x, slope)

    x = unit(x, 'conv1', 2, 1)
    x = unit(x, 'conv2_dw', 1, 1, 64)
    for name, _, hidden, _, stride in BLOCKS:
        y = unit(x, f'{name}.conv')
        y = unit(y, f'{name}.conv_dw', stride, 1, hidden)
        y = unit(y, f'{name}.project')
        x = x + y if stride == 1 else y
    x = unit(unit(x, 'conv_6_sep'), 'output_layer.conv_6_dw', groups=512).flatten(1)
    return norm(x @ state['output_layer.linear.weight'].T, 'output_layer.bn')


@pytest.fixture(scope='module')
def state():
    return published_state()


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)


@pytest.mark.parametrize('prefix, wrap', [('', True), ('module.', True), ('', False)])
def test_public_names_give_the_public_network(tmp_path, state, image, prefix, wrap):
    tensors = {prefix + k: v for k, v in state.items()}
    torch.save(dict(state_dict=tensors, epoch=7) if wrap else tensors, tmp_path / 'w.pth')
    landmarker = MobileFaceNetLandmarks(str(tmp_path / 'w.pth'))
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255  # BGR, as it is
    expected = published_forward(state, x).reshape(68, 2).numpy() * 112
    found = landmarker.landmarks(image, (-0.5, -0.5, 112, 112), enlarge=1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    (face,) = landmarker(image)  # no detector: the whole picture
    np.testing.assert_allclose(face.points[2], expected[30], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(face.points[0], expected[36:42].mean(0), rtol=1e-4, atol=1e-3)
    assert face.box.tolist() == [-0.5, -0.5, 112, 112] and face.score == 1


@pytest.fixture
def weights(tmp_path, state):
    torch.save(dict(state_dict=state), tmp_path / 'w.pth')
    return str(tmp_path / 'w.pth')


def test_the_square_that_is_looked_at(weights, image):
    """1.2 times the box's shorter side about its middle, black outside."""
    picture = np.zeros((150, 260, 3), np.uint8)
    picture[:, 130:] = 255
    picture[20:132, 40:152] = image
    # Middle 95.5, 75.5: 112 pixels from 40 and 20 on.
    box = (95.5 - 112 / 2.4, 0, 112 / 1.2, 151)
    boxes = [DetectedFace(np.array(box), None, score) for score in (0.7, 0.6)]
    landmarker = MobileFaceNetLandmarks(weights, lambda _: boxes)
    (alone,) = MobileFaceNetLandmarks(weights)(image)
    first, second = landmarker(picture)
    np.testing.assert_allclose(first.points, alone.points + (40, 20), atol=1e-6)
    assert (first.score, second.score) == (0.7, 0.6) and first.box is boxes[0].box
    # The same square with its left half outside of the picture.
    half = np.zeros_like(image)
    half[:, 56:] = image[:, 56:]
    (cut,) = MobileFaceNetLandmarks(weights)(half)
    moved = np.array(box) - (96, 0, 0, 0)
    found = MobileFaceNetLandmarks(weights, lambda _: [DetectedFace(moved, None, 1.0)])(
        np.ascontiguousarray(picture[:, 96:])
    )
    np.testing.assert_allclose(found[0].points, cut.points + (-56, 20), atol=1e-6)


def test_a_face_of_another_size_gives_the_same_shares(weights, image):
    smooth = cv2.GaussianBlur(image, (0, 0), 9)
    (small,) = MobileFaceNetLandmarks(weights)(smooth)
    (large,) = MobileFaceNetLandmarks(weights)(
        cv2.resize(smooth, (448, 448), interpolation=cv2.INTER_LINEAR)
    )
    np.testing.assert_allclose(large.points / 448, small.points / 112, atol=0.02)


def change(state, **changes):
    return {k: v for k, v in {**state, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'output_layer.linear.weight': None}, r"Missing: 1 \['head.linear.weight'\]"),
        ({'conv_4.model.3.project.conv.weight': None}, 'Missing: 1 .*stages.2.3.project'),
        ({'extra.weight': torch.zeros(3)}, r"without a place: 1 \['extra.weight'\]"),
        (
            {'output_layer.linear.weight': torch.zeros(196, 512)},
            r'head.linear.weight: \(196, 512\), not \(136, 512\)',
        ),
    ],
)
def test_what_does_not_fit(tmp_path, state, changes, message):
    torch.save(change(state, **changes), tmp_path / 'w.pth')
    with pytest.raises(ValueError, match=message):
        MobileFaceNetLandmarks(str(tmp_path / 'w.pth'))


def test_counters_may_be_missing(tmp_path, state, weights, image):
    torch.save({k: v for k, v in state.items() if 'num_batches' not in k}, tmp_path / 'old.pth')
    (old,) = MobileFaceNetLandmarks(str(tmp_path / 'old.pth'))(image)
    assert np.array_equal(old.points, MobileFaceNetLandmarks(weights)(image)[0].points)


def test_no_weights(tmp_path):
    with pytest.raises(FileNotFoundError, match='MobileFaceNet with 68 landmarks'):
        MobileFaceNetLandmarks(str(tmp_path / 'no.pth'))
