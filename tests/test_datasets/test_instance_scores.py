"""Scores of images without a trained model."""

import cv2
import numpy as np
import pytest

from mmfer.datasets.instance_scores import projection_scores


@pytest.fixture
def faces(tmp_path):
    """Four images of noise, the second nearly the first, the fourth darker and of less contrast."""
    first, third = np.random.default_rng(0).integers(40, 200, (2, 32, 32, 1), dtype=np.uint8)
    paths = []
    for i, image in enumerate((first, first + 1 * (first > 190), third, third // 2)):
        paths.append(str(tmp_path / f'{i}.png'))
        cv2.imwrite(paths[-1], np.repeat(image.astype(np.uint8), 3, axis=2))
    return paths


def test_scores_are_standard_and_alike_for_images_that_look_alike(faces):
    scores = projection_scores(faces, 5, seed=1)
    assert scores.shape == (4, 5)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(axis=0), 1)
    # neither a small change nor light and contrast matter
    assert np.abs(scores[0] - scores[1]).max() < 0.1
    assert np.abs(scores[2] - scores[3]).max() < 0.1
    assert np.abs(scores[0] - scores[2]).max() > 1


def test_the_seed_decides(faces):
    first, again, other = (projection_scores(faces, 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_files_that_are_no_images_are_named(faces, tmp_path):
    (tmp_path / 'x.png').write_bytes(b'?')
    seen = []
    with pytest.raises(ValueError, match='x.png. is no readable image'):
        projection_scores(
            [*faces, str(tmp_path / 'x.png')],
            2,
            0,
            lambda items: (seen.append(i) or i for i in items),
        )
    assert len(seen) == 5
