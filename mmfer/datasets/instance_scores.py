"""Scores of images without a trained model, for instance-dependent noise."""

from collections.abc import Callable, Iterable, Sequence

import mmcv
import numpy as np

SIDE = 32  # pixels


def projection_scores(
    paths: Sequence[str], num_classes: int, seed: int, track: Callable[[Iterable], Iterable] = iter
) -> np.ndarray:
    """A fixed random projection of each image to one score a class.

    Images are shrunk to 32 x 32 grey values, each image brought to mean 0 and deviation 1, and
    multiplied by a Gaussian matrix; each class's scores are then brought to mean 0 and deviation 1
    over the images. Images that look alike get scores that are alike.

    Args:
        paths: N image files.
        track: wraps the loop over the paths, for a progress bar.

    Returns:
        (N, K) float64, to be used as logits.

    Raises:
        ValueError: on a file that is no image; names it.
    """
    rng = np.random.RandomState(seed)
    matrix = rng.standard_normal((SIDE * SIDE, num_classes)) / SIDE
    scores = np.empty((len(paths), num_classes))
    for i, path in enumerate(track(paths)):
        image = mmcv.imread(path, flag='grayscale')
        if image is None:
            raise ValueError(f'{path!r} is no readable image')
        small = mmcv.imresize(image, (SIDE, SIDE), interpolation='area').astype(np.float64)
        small = (small - small.mean()) / max(small.std(), 1e-6)
        scores[i] = small.ravel() @ matrix
    spread = np.maximum(scores.std(axis=0), 1e-12)
    return (scores - scores.mean(axis=0)) / spread
