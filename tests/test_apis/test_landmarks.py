"""Landmarks from MobileFaceNet under its public names, and as a detector's faces."""

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmfer.apis import DetectedFace, LandmarkFile, MobileFaceNetLandmarks

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


# The landmark that is the other in a mirror image: jaw, brows, nostrils, eyes, lips.
PAIRS = [(i, 16 - i) for i in range(8)] + [(17 + i, 26 - i) for i in range(5)]
PAIRS += [(31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]
PAIRS += [(48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67)]
OTHER = np.arange(68)
for a, b in PAIRS:
    OTHER[[a, b]] = b, a


def expected_landmarks(state, image):
    """(68, 2) pixels: the mean of the image's and its mirror image's, each from the left edge."""
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255  # BGR, as it is
    plain, mirrored = (
        published_forward(state, view).reshape(68, 2).double().numpy() for view in (x, x.flip(3))
    )
    other = np.stack([1 - mirrored[OTHER, 0], mirrored[OTHER, 1]], axis=1)
    return (plain + other) / 2 * 112 - 0.5


@pytest.mark.parametrize('prefix, wrap', [('', True), ('module.', True), ('', False)])
def test_public_names_give_the_public_network(tmp_path, state, image, prefix, wrap):
    tensors = {prefix + k: v for k, v in state.items()}
    torch.save(dict(state_dict=tensors, epoch=7) if wrap else tensors, tmp_path / 'w.pth')
    landmarker = MobileFaceNetLandmarks(str(tmp_path / 'w.pth'))
    expected = expected_landmarks(state, image)
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
    np.testing.assert_allclose((large.points + 0.5) / 448, (small.points + 0.5) / 112, atol=0.02)


@pytest.mark.parametrize('side', [48, 111, 500])
def test_pixels_count_from_their_centres(weights, side):
    """A grey picture of any size gives the same shares of it, whose edge lies at -0.5."""
    landmarker = MobileFaceNetLandmarks(weights)
    (face,) = landmarker(np.full((side, side, 3), 90, np.uint8))
    (other,) = landmarker(np.full((112, 112, 3), 90, np.uint8))
    np.testing.assert_allclose((face.points + 0.5) / side, (other.points + 0.5) / 112, atol=1e-6)


def test_a_mirror_image_gives_mirrored_landmarks(weights, image):
    landmarker = MobileFaceNetLandmarks(weights)
    found = landmarker.landmarks(image, (20, 10, 60, 80))
    mirrored = landmarker.landmarks(np.ascontiguousarray(image[:, ::-1]), (31, 10, 60, 80))
    np.testing.assert_allclose(mirrored[OTHER] * (-1, 1) + (111, 0), found, atol=1e-3)


def test_an_openvino_ir_gives_what_its_checkpoint_gives(tmp_path, weights, image, ir):
    landmarker = MobileFaceNetLandmarks(weights)
    path = ir(landmarker.model).write(tmp_path / 'w.xml')
    box = (-0.5, -0.5, 112, 112)
    expected = landmarker.landmarks(image, box, enlarge=1.0)
    found = MobileFaceNetLandmarks(path).landmarks(image, box, enlarge=1.0)
    # fp16 keeps 11 bits: some of its roundings, of outputs as large as these.
    assert 0 < np.abs(found - expected).max() < 4 * 2**-11 * np.abs(expected).max()
    (tmp_path / 'w.bin').unlink()
    with pytest.raises(FileNotFoundError, match='w.bin'):
        MobileFaceNetLandmarks(path)


def change(state, **changes):
    return {k: v for k, v in {**state, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'output_layer.linear.weight': None}, 'Missing key.*: "head.linear.weight"'),
        ({'conv_4.model.3.project.conv.weight': None}, 'Missing key.*stages.2.3.project'),
        ({'extra.weight': torch.zeros(3)}, 'Unexpected key.*: "extra.weight"'),
        (
            {'output_layer.linear.weight': torch.zeros(196, 512)},
            r'head.linear.weight: .*\[196, 512\].*\[136, 512\]',
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


def test_listed_faces_are_a_detector_s(tmp_path):
    (tmp_path / 'l.csv').write_text('a.jpg,1,2,5,2,3,4,1,6,5,6\n')
    (face,) = LandmarkFile(tmp_path / 'l.csv').find('faces/a.jpg', 'faces')
    assert type(face) is DetectedFace and face.score == 1
    assert face.box.tolist() == [1, 2, 4, 4]
    assert face.points.tolist() == [[1, 2], [5, 2], [3, 4], [1, 6], [5, 6]]
