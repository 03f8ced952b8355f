"""Draw many faces into files, in one process or several."""

import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import cv2
import numpy as np
from rich.progress import track

from .annotators import simulate_votes
from .draw import draw_face
from .plan import Item
from .sample import sample_face

Result = TypeVar('Result')


class Job(NamedTuple):
    """What is the same for all faces of a data set."""

    root: str
    seed: int
    size: int
    classes: Sequence[str]
    annotators: int
    other_votes: bool  # whether 'unknown' and 'NF' are answers
    grey: bool
    sampling: dict[str, Any]  # further arguments of `sample_face`


class Drawn(NamedTuple):
    """What is known of a face once its file is written."""

    item: Item
    votes: list[int]
    meta: dict[str, Any]


def draw_item(job: Job, item: Item) -> Drawn:
    """Draw one face, write its file, ask its annotators.

    Raises:
        OSError: The file cannot be written.
    """
    face = sample_face(job.seed, item.index, item.expression, classes=job.classes, **job.sampling)
    image = draw_face(face, job.size)
    if job.grey:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    path = Path(job.root, item.path)
    write_image(path, image)
    votes = simulate_votes(face, job.annotators, job.classes, other=job.other_votes)
    return Drawn(item, votes.tolist(), face.meta())


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a JPEG (quality 95) or PNG; cv2.imwrite would report a failure only by False."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix == '.jpg' else []
    done, code = cv2.imencode(path.suffix, image, options)
    if not done:
        raise OSError(f'cannot encode {path}')
    path.write_bytes(code.tobytes())


def draw_all(
    job: Job,
    items: Sequence[Item],
    workers: int = 1,
    progress: bool = False,
    draw: Callable[[Job, Item], Result] = draw_item,
) -> list[Result]:
    """Draw every item, in order; the files and the answer are the same for any ``workers``.

    ``draw`` writes one item's file; with several processes it must be importable by its name.
    """
    if workers < 1:
        raise ValueError(f'workers must be 1 or more, not {workers}')
    for folder in sorted({Path(job.root, item.path).parent for item in items}):
        folder.mkdir(parents=True, exist_ok=True)
    watch = partial(track, description='drawing faces', total=len(items), disable=not progress)
    work = partial(draw, job)
    if workers == 1:
        return [work(item) for item in watch(items)]
    with _context().Pool(workers, cv2.setNumThreads, (1,)) as pool:
        return list(watch(pool.imap(work, items, chunksize=16)))


def _context() -> multiprocessing.context.BaseContext:
    """Processes that are not forked off this one: they would inherit half dead threads of OpenCV
    and torch. A fork server imports once for all of them; Windows has none."""
    if 'forkserver' not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context('spawn')
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([__name__])
    return context
