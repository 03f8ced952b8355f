import numpy as np
import pytest
from skimage.transform import estimate_transform

from mmfer.functional import (
    FACE_TEMPLATES,
    apply_transform,
    face_template,
    reduce_landmarks,
    similarity_from_points,
)

MIRROR = np.array([1, 0, 2, 4, 3])


def similarity(angle, scale, shift):
    """(2, 3) of a rotation in degrees, a scale and a shift."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return np.column_stack([scale * np.array([[c, -s], [s, c]]), shift])


def by_complex_numbers(source, target):
    """The least squares of w = m z + c, solved for complex m and c."""
    z, w = source @ [1, 1j], target @ [1, 1j]
    (m, c), *_ = np.linalg.lstsq(np.stack([z, np.ones_like(z)], 1), w, rcond=None)
    return np.array([[m.real, -m.imag, c.real], [m.imag, m.real, c.imag]])


def clouds() -> list:
    """Noisy pairs of 2 to 68 points, some of them mirrored."""
    rng = np.random.default_rng(0)
    found = []
    for number in (2, 3, 5, 68):
        for mirrored in (False, True):
            source = rng.normal(50, 20, (number, 2))
            target = apply_transform(
                similarity(rng.uniform(-180, 180), rng.uniform(0.1, 9), rng.normal(0, 300, 2)),
                source,
            )
            target += rng.normal(0, 2, target.shape)
            found.append(
                pytest.param(
                    source * (-1 if mirrored else 1, 1),
                    target,
                    id=f'{number}{" mirrored" if mirrored else ""}',
                )
            )
    return found


def test_derived_by_hand():
    # A cross; its right arm is 2 longer in the target. The target's mean is (1/2, 0); a = (5/2 +
    # 3/2 + 1 + 1) / 4 and b = (1/2 - 1/2) / 4.
    source = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    target = [(3, 0), (-1, 0), (0, 1), (0, -1)]
    assert similarity_from_points(source, target).tolist() == [[1.5, 0, 0.5], [0, 1.5, 0]]


@pytest.mark.parametrize('source, target', clouds())
def test_against_complex_numbers(source, target):
    np.testing.assert_allclose(
        similarity_from_points(source, target),
        by_complex_numbers(source, target),
        rtol=1e-9,
        atol=1e-9,
    )


@pytest.mark.parametrize('source, target', clouds())
def test_against_scikit_image(source, target):
    theirs = estimate_transform('similarity', source, target).params[:2]
    np.testing.assert_allclose(similarity_from_points(source, target), theirs, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize('angle', [0, 30, 90, 180, -120])
def test_a_known_similarity_is_recovered(angle):
    points = face_template('arcface', 112)
    known = similarity(angle, 0.37, (1000, -20))
    found = similarity_from_points(points, apply_transform(known, points))
    np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-11)


def test_moving_the_source_composes():
    rng = np.random.default_rng(1)
    source, target = rng.normal(size=(2, 5, 2))
    move = similarity(50, 2.0, (3, 4))
    found = similarity_from_points(apply_transform(move, source), target)
    both = apply_transform(found, apply_transform(move, source))
    direct = apply_transform(similarity_from_points(source, target), source)
    np.testing.assert_allclose(both, direct, rtol=1e-12, atol=1e-12)


def test_never_a_mirror():
    points = face_template('arcface', 112)
    matrix = similarity_from_points(points * (-1, 1), points)
    assert np.linalg.det(matrix[:, :2]) > 0
    assert matrix[0, 0] == matrix[1, 1] and matrix[0, 1] == -matrix[1, 0]


@pytest.mark.parametrize(
    'source, target, message',
    [
        ([(0, 0)], [(1, 1)], 'at least 2 are needed'),
        ([(0, 0), (1, 0)], [(1, 1), (2, 2), (3, 3)], '2 source and 3 target'),
        ([(7, 7)] * 5, np.eye(5, 2), r'source points coincide at \[7.0, 7.0\]'),
        ([(1e9, 1), (1e9 + 1e-7, 1)], np.eye(2), 'source points coincide'),
        (np.eye(5, 2), [(0, 0)] * 5, r'target points coincide at \[0.0, 0.0\]'),
        ([(0, np.nan), (1, 0)], np.eye(2), r'source has coordinates.*\[\[0.0, nan'),
        (np.eye(2), [(0, 0), (np.inf, 0)], 'target has coordinates'),
        (
            [(1, 0), (-1, 0), (0, 1), (0, -1)],
            [(-1, 0), (1, 0), (0, 1), (0, -1)],
            'best scale is 0.*mirror',
        ),
        (np.zeros((2, 3)), np.eye(2), r'source of shape \(2, 3\)'),
    ],
)
def test_points_that_fix_nothing(source, target, message):
    with pytest.raises(ValueError, match=message):
        similarity_from_points(source, target)


def test_apply_transform_takes_points_in_any_shape():
    matrix = [[0, -2, 1], [2, 0, 0]]
    points = np.arange(12.0).reshape(2, 3, 2)
    assert np.array_equal(
        apply_transform(matrix, points), np.stack([1 - 2 * points[..., 1], 2 * points[..., 0]], -1)
    )
    with pytest.raises(ValueError, match=r'shape \(3, 3\)'):
        apply_transform(np.eye(3), points)


# --- templates


def test_arcface_is_the_published_table():
    np.testing.assert_allclose(
        face_template('arcface', 112),
        [
            (38.2946, 51.6963),
            (73.5318, 51.5014),
            (56.0252, 71.7366),
            (41.5493, 92.3655),
            (70.7299, 92.2041),
        ],
        rtol=1e-12,
    )


@pytest.mark.parametrize('name', FACE_TEMPLATES)
def test_a_template_scales_about_the_outer_edges(name):
    small, large = face_template(name, 50), face_template(name, 150)
    # Pixel k of 50 is the mean of the pixels 3k, 3k + 1, 3k + 2 of 150.
    np.testing.assert_allclose(large, 3 * small + 1)
    assert 0 < small.min() and small.max() < 49
    left, right, nose, mouth_left, mouth_right = small
    assert left[0] < nose[0] < right[0] and mouth_left[0] < mouth_right[0]
    assert left[1] < nose[1] < mouth_left[1]


@pytest.mark.parametrize('name', ['rafdb', 'ferplus'])
def test_a_mirrored_picture_gives_the_mirrored_crop(name):
    points = face_template(name, 48)
    np.testing.assert_allclose((47, 0) + points[MIRROR] * (-1, 1), points)


def test_a_margin_keeps_the_middle():
    plain, roomy = face_template('rafdb', 100), face_template('rafdb', 100, 0.5)
    np.testing.assert_allclose(roomy - 49.5, (plain - 49.5) / 2)


@pytest.mark.parametrize(
    'arguments, message',
    [
        (('dlib', 112), "'dlib' is unknown; allowed: .*'arcface'"),
        (('arcface', 0), 'crop of 0 px'),
        (('arcface', 112, -0.5), 'margin=-0.5 leaves no crop'),
        (('arcface', 112, np.nan), 'margin=nan'),
    ],
)
def test_templates_that_are_not_there(arguments, message):
    with pytest.raises(ValueError, match=message):
        face_template(*arguments)


# --- landmarks


def test_68_landmarks_become_five():
    points = np.zeros((68, 2))
    points[36:42] = np.array([(-2, 0), (-1, -1), (1, -1), (2, 0), (1, 1), (-1, 1)]) + (30, 40)
    points[42:48] = points[36:42] + (40, 0)
    points[30], points[48], points[54] = (50, 60), (35, 80), (65, 81)
    assert reduce_landmarks(points).tolist() == [[30, 40], [70, 40], [50, 60], [35, 80], [65, 81]]


def test_five_stay_and_are_copied():
    points = face_template('arcface', 112)
    reduced = reduce_landmarks(points)
    assert np.array_equal(reduced, points) and reduced is not points


@pytest.mark.parametrize('number', [0, 4, 37, 106])
def test_other_numbers_of_landmarks(number):
    with pytest.raises(ValueError, match=f'{number} landmarks; allowed: 68'):
        reduce_landmarks(np.zeros((number, 2)))


def test_98_landmarks_become_five():
    """WFLW: the eyes' eight points, the nose's last above its base, the corners of the outer lips;
    without its pupils, which look about."""
    points = np.full((98, 2), 999.0)
    points[60:68] = np.array([(-2, 0), (-1, -1), (0, -1), (1, -1), (2, 0), (1, 1), (0, 1), (-1, 1)])
    points[68:76] = points[60:68] + (70, 40)
    points[60:68] += (30, 40)
    points[54], points[76], points[82] = (50, 60), (35, 80), (65, 81)
    assert reduce_landmarks(points).tolist() == [[30, 40], [70, 40], [50, 60], [35, 80], [65, 81]]
