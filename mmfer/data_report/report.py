"""What is there, against what should be: numbers, and a list of findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..datasets.fingerprint import relative
from ..functional import vote_ambiguity
from ..utils.image_folders import tell_unread
from .duplicates import Copy, Duplicates, count_differing, find_duplicates
from .inspect_images import Inspection
from .splits import Split

FIRST = 20  # so many examples are in the report; the tables beside it have all
BINS = 10
SHARE = 0.3  # of the votes, from which on FER+ counts a label as one of several
OK, NOTE, WRONG = 'ok', 'note', 'wrong'


class Report(NamedTuple):
    """``numbers``: plain values for JSON, with ``findings`` in it. ``problems``: (split, file, what
    is wrong) of every image. ``duplicates``: every group."""

    numbers: dict[str, Any]
    problems: list[tuple]
    duplicates: Duplicates


def build_report(
    name: str, data_root: str, options: dict[str, Any], splits: Sequence[Split], images: Inspection
) -> Report:
    """Put the lists (trained on first) and images of a data set, read with options, together."""
    findings: list[dict] = []
    numbers = dict(dataset=name, data_root=data_root, options=options, splits={}, findings=findings)
    problems, copies, contents, at_hand = [], [], [], []
    for split in splits:
        rows = images.rows(split.paths)
        names = [relative(path, data_root) for path in split.paths]
        wrong = _problems(names, rows, images)
        entry = _split_numbers(split, images.table[rows], wrong, data_root)
        numbers['splits'][split.name] = entry
        findings += [_finding(split.name, *found) for found in _split_findings(split, entry)]
        problems += [(split.name, *problem) for kind in wrong.values() for problem in kind]
        for reason, unread in split.unread.items():
            problems += [(split.name, file, f'not read: {reason}') for file in unread]
        labels = [split.classes[label] for label in split.labels]
        copies += [Copy(split.name, file, label) for file, label in zip(names, labels)]
        found = images.table['content'][rows].tolist()
        if split.boxes is not None:  # the pixels, and the face in them
            found = [
                content and content + box.tobytes() for content, box in zip(found, split.boxes)
            ]
        contents += found
        at_hand += [split.name] * entry['at_hand']
    found = find_duplicates(contents, copies, [split.name for split in splits if split.trains])
    numbers['duplicates'] = found.numbers([split.name for split in splits], FIRST)
    findings += [_finding(*found) for found in _duplicate_findings(found, at_hand)]
    return Report(numbers, problems, found)


def ambiguity(votes: np.ndarray) -> dict[str, Any]:
    """How far annotators disagree by their votes (N, K): ``images``, ``without_votes`` (rows that
    sum to 0, left out of the rest), ``columns``, ``entropy_mean``, ``entropy_histogram`` (10 equal
    bins of 0 to 1; the last includes 1), and ``labels_from_30_percent``: how many images have 0, 1,
    2 or 3 labels with at least 30 % of the votes."""
    there = votes.sum(axis=1) > 0
    voted = votes[there]
    entropy = vote_ambiguity(voted)
    histogram, _ = np.histogram(np.clip(entropy, 0, 1), bins=BINS, range=(0, 1))
    # Shares are written with few digits: 0.3 may read as a little less.
    several = (voted / voted.sum(axis=1, keepdims=True) >= SHARE - 1e-6).sum(axis=1)
    return dict(
        images=len(voted),
        without_votes=int((~there).sum()),
        columns=votes.shape[1],
        entropy_mean=float(entropy.mean()) if len(voted) else None,
        entropy_histogram=histogram.tolist(),
        labels_from_30_percent=np.bincount(several, minlength=4).tolist(),
    )


def _problems(names: list[str], rows: np.ndarray, images: Inspection) -> dict[str, list[tuple]]:
    """Files and what is wrong with them, by kind."""
    table = images.table[rows]
    kinds = np.where(table['blank'], 'blank', table['status'])
    reasons = dict(missing='missing', unreadable='', blank='blank: all pixels are equal')
    places = {kind: np.flatnonzero(kinds == kind).tolist() for kind in reasons}
    return {
        kind: [(names[i], reason or images.errors[int(rows[i])]) for i in places[kind]]
        for kind, reason in reasons.items()
    }


def _split_numbers(
    split: Split, table: np.ndarray, wrong: dict[str, list[tuple]], data_root: str
) -> dict[str, Any]:
    good = table[table['status'] == 'ok']
    at_hand = len(table) > len(wrong['missing'])
    sizes = Counter(zip(good['width'].tolist(), good['height'].tolist()))
    return dict(
        at_hand=at_hand,
        absent=split.absent or ('' if at_hand else f'none of its {len(table)} images is there'),
        classes=list(split.classes),
        trains=split.trains,
        listed=len(table),
        layout=split.layout,
        left_out=split.left_out,
        unread={reason: names[:FIRST] for reason, names in split.unread.items()},
        fingerprint=split.proof(data_root) if at_hand and not wrong['missing'] else {},
        per_class=split.per_class.tolist(),
        published=split.published and split.published._asdict(),
        sizes=[dict(width=w, height=h, images=n) for (w, h), n in sizes.most_common(FIRST)],
        different_sizes=len(sizes),
        modes=dict(Counter(good['mode'].tolist()).most_common()),
        bytes=int(good['bytes'].sum()),
        ambiguity=None if split.votes is None else ambiguity(split.votes),
        **{kind: dict(count=len(files), first=files[:FIRST]) for kind, files in wrong.items()},
    )


def _finding(split: str, check: str, level: str, text: str) -> dict[str, str]:
    return dict(level=level, split=split, check=check, text=text)


def _split_findings(split: Split, entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if entry['absent']:
        yield 'at hand', WRONG, f'not at hand: {entry["absent"]}'
    if not split.absent:
        yield 'counts', *_compare_counts(split)
    for line in tell_unread(split.unread):
        yield 'pictures that are not read', WRONG, line
    if not entry['at_hand']:
        return
    for kind in ('missing', 'unreadable'):
        names = ', '.join(name for name, _ in entry[kind]['first'][:3])
        text = f'{entry[kind]["count"]} of {entry["listed"]}, the first: {names}'
        if kind == 'missing' and split.trains:
            text += "; on_missing='skip' trains without them"
        yield f'{kind} images', *((WRONG, text) if names else (OK, 'none'))
    if entry['different_sizes'] == len(entry['modes']) == 1:
        (size,), (mode,) = entry['sizes'], entry['modes']
        yield 'sizes and channels', OK, f'all {size["width"]} x {size["height"]} {mode}'
    elif entry['sizes']:
        text = f'{entry["different_sizes"]} different sizes; modes {entry["modes"]}'
        yield 'sizes and channels', NOTE, text
    if count := entry['blank']['count']:
        first, _ = entry['blank']['first'][0]
        yield 'blank images', NOTE, f'{count} have one colour only, the first: {first}'
    if entry['ambiguity'] and (count := entry['ambiguity']['without_votes']):
        yield 'votes', NOTE, f'{count} images have no votes'


def _compare_counts(split: Split) -> tuple[str, str]:
    published, counts, total = split.published, split.per_class, len(split.labels)
    if published is None:
        return NOTE, f'{total} images; nothing is published to compare them with'
    totals = ' or '.join(map(str, published.totals))
    rows = zip(split.classes, counts, published.per_class or ())
    if differ := [f'{name} {here} (published {was})' for name, here, was in rows if here != was]:
        return WRONG, f'{total} images (published {totals}); {", ".join(differ)}'
    if total not in published.totals:
        return WRONG, f'{total} images; published: {totals}'
    classes = ' for each class' if published.per_class else '; for the classes nothing is published'
    return OK, f'{total} images, as published{classes}'


def _duplicate_findings(
    found: Duplicates, at_hand: list[str]
) -> Iterator[tuple[str, str, str, str]]:
    for split in at_hand:
        groups, images, differing = found.inside(split).values()
        text = f'{images} images are {groups} different ones, of which {differing}'
        text += ' have different labels'
        yield split, 'same content inside', *((NOTE, text) if groups else (OK, 'none'))
    for leaks in found.pairs().values():
        tested, known = leaks[0]
        text = (
            f'images of {tested.split} that {known.split} holds, too: {len(leaks)} '
            f'({count_differing(leaks)} with another label), the first: {tested} = {known}'
        )
        yield tested.split, 'leak', WRONG, text
    if not found.leaks and len(at_hand) > 1:
        yield 'all', 'leak', OK, 'no image to test on is in another split'
