"""What the layouts share: which faces a data set holds, drawing them in one process or several, and
the marker that says what a folder holds, whole."""

import json
import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from rich.progress import track

from ..utils.files import is_filled, read_json, remove_leftovers, write_whole
from .annotators import simulate_votes
from .draw import draw_face, write_image
from .face import CLASSES_7, CLASSES_8, face_rng
from .meta import complete_meta, write_meta
from .sample import sample_face

BALANCES = ('balanced', 'natural')
# RAF-DB's training images a class; contempt, which RAF-DB lacks, is about as rare as fear in
# FERPlus.
NATURAL = dict(surprise=1290, fear=281, disgust=717, happiness=4772)
NATURAL.update(sadness=1982, anger=705, neutral=2524, contempt=200)
# Faces of split k start at index k * SPLIT_STRIDE: a larger training set leaves the test faces as
# they are.
SPLIT_STRIDE = 1_000_000
FORMAT = 1  # raise it when the same arguments give other pictures
DONE, STARTED = 'synthetic.json', 'synthetic.unfinished.json'
_PLAN_STREAM = 3


class Item(NamedTuple):
    """One picture to draw. ``path`` is relative to the data set's root."""

    path: str
    split: str
    index: int
    expression: str


class Job(NamedTuple):
    """What is the same for all faces of a data set."""

    root: Path
    seed: int
    size: int
    classes: tuple[str, ...]
    annotators: int
    sampling: dict[str, Any]  # further arguments of `sample_face`
    workers: int  # processes
    progress: bool  # whether to show a bar
    other_votes: bool = True  # whether 'unknown' and 'NF' are answers
    grey: bool = False

    @property
    def answers(self) -> tuple[str, ...]:
        return (*self.classes, 'unknown', 'NF') if self.other_votes else self.classes


class Drawn(NamedTuple):
    """What is known of a face once its file is written."""

    item: Item
    votes: list[int]
    meta: dict[str, Any]
    label: Any = None  # what else a layout's tables need


def known_classes(classes: Sequence[str], whose: str) -> tuple[str, ...]:
    """The 8 expressions or the 7 without contempt; ValueError where they are others."""
    if (classes := tuple(classes)) not in (CLASSES_7, CLASSES_8):
        allowed = f'neither the 8 of {whose} nor the 7 without contempt'
        raise ValueError(f'classes {classes} are {allowed}; use CLASSES_8 or CLASSES_7')
    return classes


def expressions_of(
    count: int, first: int, seed: int, classes: Sequence[str], balance: str
) -> list[str]:
    """The expression of the faces ``first`` .. ``first + count - 1``, SPLIT_STRIDE at most.

    'balanced' shuffles every run of K faces, so counts differ by at most one; 'natural' draws each
    face with RAF-DB's class shares. A face's expression does not depend on ``count``.
    """
    if balance not in BALANCES:
        raise ValueError(f'unknown balance {balance!r}; allowed: {", ".join(BALANCES)}')
    if not 0 <= count <= SPLIT_STRIDE:
        raise ValueError(f'a split has 0..{SPLIT_STRIDE} faces, not {count}')
    picks: list[int] = []
    shares = np.array([NATURAL[name] for name in classes], dtype=float)
    k = len(classes)
    for start in range(first, first + count, k):
        rng = face_rng(seed, start, _PLAN_STREAM)
        natural = balance == 'natural'
        block = rng.choice(k, size=k, p=shares / shares.sum()) if natural else rng.permutation(k)
        picks += block.tolist()
    return [classes[pick] for pick in picks[:count]]


def draw_item(job: Job, item: Item) -> Drawn:
    """Draw one face, write its file, ask its annotators."""
    face = sample_face(job.seed, item.index, item.expression, classes=job.classes, **job.sampling)
    image = draw_face(face, job.size)
    if job.grey:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    write_image(job.root / item.path, image)
    votes = simulate_votes(face, job.annotators, job.classes, other=job.other_votes)
    return Drawn(item, votes.tolist(), face.meta())


def draw_all(job: Job, items: Sequence[Item], draw: Callable[[Job, Item], Drawn]) -> list[Drawn]:
    """Draw every item, in order; the files and the answer are the same for any number of workers.
    ``draw`` writes one item's file; with several processes it must be importable by its name."""
    if job.workers < 1:
        raise ValueError(f'workers must be 1 or more, not {job.workers}')
    for folder in sorted({(job.root / item.path).parent for item in items}):
        folder.mkdir(parents=True, exist_ok=True)
    watch = partial(track, description='drawing faces', total=len(items), disable=not job.progress)
    if job.workers == 1:
        return [draw(job, item) for item in watch(items)]
    with _context().Pool(job.workers, cv2.setNumThreads, (1,)) as pool:
        return list(watch(pool.imap(partial(draw, job), items, chunksize=16)))


def write_dataset(
    job: Job,
    arguments: dict[str, Any],
    items: Sequence[Item],
    write_labels: Callable[[Sequence[Drawn]], None],
    draw: Callable[[Job, Item], Drawn] = draw_item,
) -> str:
    """Draw ``items`` and write their tables, unless the folder has them; 'written' or 'reused'.

    ``arguments`` are all that the files depend on: with the same ones an interrupted write is
    finished by the next. A folder that holds something else is refused (ValueError).
    """
    if not _begin(job.root, arguments):
        complete_meta(job.root)
        return 'reused'
    drawn = draw_all(job, items, draw)
    write_labels(drawn)
    columns = [f'votes_{answer}' for answer in job.answers]
    rows = [
        dict(file=item.path, split=item.split, **meta, **dict(zip(columns, votes)))
        for item, votes, meta, _ in drawn
    ]
    write_meta(job.root, rows)
    (job.root / STARTED).replace(job.root / DONE)
    return 'written'


def _begin(root: Path, arguments: dict[str, Any]) -> bool:
    """Mark ``root`` as being written; False where it holds these faces already, complete."""
    remove_leftovers(root)
    marker = json.dumps(dict(arguments, format=FORMAT), indent=2) + '\n'
    another = 'choose another folder or delete this one'
    if (root / DONE).exists():
        found, wanted = read_json(root / DONE), json.loads(marker)
        if not isinstance(found, dict):
            raise ValueError(f'{root / DONE} does not tell of which faces it is; {another}')
        names = sorted(name for name in {**found, **wanted} if found.get(name) != wanted.get(name))
        if not names:
            return False
        there, asked = (', '.join(f'{n}={of.get(n)!r}' for n in names) for of in (found, wanted))
        what = f'synthetic faces with {there}, but {asked} was asked for'
        raise ValueError(f'{root} holds {what}; {another}')
    if (root / STARTED).exists():
        if (root / STARTED).read_text(errors='replace') != marker:
            what = f'unfinished synthetic faces of other arguments (see {STARTED})'
            raise ValueError(f'{root} holds {what}; {another}')
    elif is_filled(root):  # a real data set must not be drawn over
        fix = 'choose a new or empty folder'
        raise ValueError(f'{root} holds files that are no synthetic faces; {fix}')
    root.mkdir(parents=True, exist_ok=True)
    write_whole(root / STARTED, marker)
    return True


def _context() -> multiprocessing.context.BaseContext:
    """Processes that are not forked off this one: they would inherit half dead threads of OpenCV
    and torch. A fork server imports once for all of them; Windows has none."""
    if 'forkserver' not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context('spawn')
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([__name__])
    return context
