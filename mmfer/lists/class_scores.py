"""Scores of classifiers: a column a class of an image table."""

import numpy as np

from .image_table import (
    ON_TRUST,
    Header,
    Images,
    digest,
    open_table,
    own_rows,
    read_rows,
    write_image_table,
)
from .text import parse_numbers


def write_scores(
    path: str, images: Images, scores: np.ndarray, labels: np.ndarray, said: dict
) -> Header:
    """Write (N, K) logits or probabilities as float32. The header holds what is ``said`` and sha256
    of ``labels``, the (N,) class ids that the models learnt: scores tell them in part, and are
    refused beside others."""
    header = dict(said, images=len(images.names), labels_sha256=_labels_digest(images, labels))
    columns = dict(zip(images.classes, np.asarray(scores, dtype=np.float32).T))
    return write_image_table(path, images.names, columns, header)


def read_scores(path: str, images: Images, labels: np.ndarray | None = None) -> np.ndarray:
    """(N, K) float64, the scores that a file gives to the images.

    Args:
        path: a table with a column for each class, in any order: logits, probabilities, or whatever
            is larger for a likelier class. The images' column may be called ``name``.
        labels: (N,) the given class ids from 0, which have to be those of the header.
    """
    header, _ = open_table(path, 'file of predictions')
    own = own_rows(path, read_rows(path, images.classes, images.classes), images)
    scores = np.empty((len(own), len(images.classes)))
    for score, row in zip(scores, own):
        score[:] = parse_numbers([row.fields[name] for name in images.classes])
        if not np.isfinite(score).all():
            where = f'{path}, line {row.line}: {row.fields}'
            raise ValueError(f'{where} are not a name and {len(score)} finite numbers')
    if header and labels is not None and header['labels_sha256'] != _labels_digest(images, labels):
        key, learnt = 'labels_sha256', 'other labels than those given here, which they would tell'
        if header['images'] != len(own):
            fix = f'but this data set has {len(own)}, so that the labels cannot be checked'
            key, learnt = 'images', f'{header["images"]} images, {fix}'
        where = f'{path}, line {header.lines[key]}'
        raise ValueError(f'{where}: its models learnt {learnt}; {ON_TRUST}')
    return scores


def _labels_digest(images: Images, labels: np.ndarray) -> str:
    pairs = zip(images.names, labels)
    return digest(f'{name} {images.classes[label]}' for name, label in pairs)
