"""What is there, against what should be: numbers, and a list of findings."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .ambiguity import ambiguity
from .duplicates import Copy, Duplicates, find_duplicates, labels_differ, summarise
from .inspect_images import Inspection
from .splits import Split, relative

FIRST = 20  # so many examples are in the report; the tables beside it have all
OK, NOTE, WRONG = 'ok', 'note', 'wrong'


class Report(NamedTuple):
    """``numbers``: plain values for JSON, with ``findings`` in it. ``problems``: (split, file, what
    is wrong) of every image. ``duplicates``: every group."""

    numbers: dict[str, Any]
    problems: list[tuple]
    duplicates: Duplicates


def build_report(
    name: str,
    data_root: str,
    options: dict[str, Any],
    splits: Sequence[Split],
    images: Inspection,
    places: dict[str, int],
) -> Report:
    """Put the lists and the images of a data set together.

    Args:
        name: of the data set, for people.
        options: how it was read.
        splits: in the order in which they are to be told; trained on first.
        images: what :func:`inspect_images` found.
        places: path to row of ``images``.
    """
    numbers: dict[str, Any] = dict(
        dataset=name, data_root=str(data_root), options=options, splits={}, findings=[]
    )
    problems: list[tuple] = []
    copies, contents = [], []
    for split in splits:
        rows = np.array([places[path] for path in split.paths], dtype=np.int64)
        names = [relative(path, data_root) for path in split.paths]
        entry, wrong = _split_numbers(split, names, rows, images)
        numbers['splits'][split.name] = entry
        numbers['findings'] += _split_findings(split, entry)
        problems += [(split.name, *problem) for problem in wrong]
        copies += [
            Copy(split.name, file, split.classes[label]) for file, label in zip(names, split.labels)
        ]
        contents += _contents(split, images.table['content'][rows])
    found = find_duplicates(contents, copies, [split.name for split in splits if split.trains])
    numbers['duplicates'] = _duplicate_numbers(found, splits)
    numbers['findings'] += _duplicate_findings(
        found, [split for split in splits if numbers['splits'][split.name]['at_hand']]
    )
    return Report(numbers, problems, found)


def is_right(numbers: dict[str, Any]) -> bool:
    """Whether nothing in a report is wrong."""
    return all(finding['level'] != WRONG for finding in numbers['findings'])


def _contents(split: Split, contents: np.ndarray) -> list[bytes]:
    """What makes two samples the same: the pixels, and the face in them where that is told."""
    if split.boxes is None:
        return contents.tolist()
    return [
        content and content + box.tobytes() for content, box in zip(contents.tolist(), split.boxes)
    ]


def _split_numbers(split: Split, names: list[str], rows: np.ndarray, images: Inspection) -> tuple:
    table = images.table[rows]
    wrong: dict[str, list[tuple]] = {'missing': [], 'unreadable': [], 'blank': []}
    for file, row, status, blank in zip(names, rows, table['status'], table['blank']):
        if status != 'ok':
            wrong[str(status)].append((file, images.errors.get(int(row), str(status))))
        elif blank:
            wrong['blank'].append((file, 'blank: all pixels are equal'))
    good = table[table['status'] == 'ok']
    at_hand = bool((table['status'] != 'missing').any())
    sizes = Counter(zip(good['width'].tolist(), good['height'].tolist()))
    modes = Counter(good['mode'].tolist())
    published = split.published
    entry = dict(
        at_hand=at_hand,
        absent=split.absent or ('' if at_hand else f'none of its {len(rows)} images is there'),
        classes=list(split.classes),
        trains=split.trains,
        listed=len(rows),
        left_out=split.left_out,
        fingerprint=split.proof,
        per_class=split.per_class.tolist(),
        published=published
        and dict(
            totals=list(published.totals),
            source=published.source,
            per_class=published.per_class and list(published.per_class),
        ),
        sizes=[dict(width=w, height=h, images=n) for (w, h), n in sizes.most_common(FIRST)],
        different_sizes=len(sizes),
        modes=dict(modes.most_common()),
        bytes=int(good['bytes'].sum()),
        ambiguity=None if split.votes is None else ambiguity(split.votes),
    )
    for kind, found in wrong.items():
        entry[kind] = dict(count=len(found), first=[list(item) for item in found[:FIRST]])
    return entry, [item for found in wrong.values() for item in found]


def _split_findings(split: Split, entry: dict[str, Any]) -> list[dict]:
    def finding(level: str, check: str, text: str) -> dict:
        return dict(level=level, split=split.name, check=check, text=text)

    found = []
    if entry['absent']:
        found.append(finding(WRONG, 'at hand', f'not at hand: {entry["absent"]}'))
    if split.absent:
        return found
    found.append(finding(*_count_finding(split)))
    if not entry['at_hand']:
        return found
    for kind in ('missing', 'unreadable'):
        count, first = entry[kind]['count'], entry[kind]['first']
        text = (
            'none'
            if not count
            else f'{count} of {entry["listed"]}, the first: '
            + ', '.join(name for name, _ in first[:3])
        )
        found.append(finding(WRONG if count else OK, f'{kind} images', text))
    if entry['sizes']:
        found.append(finding(*_size_finding(entry)))
    if entry['blank']['count']:
        found.append(
            finding(
                NOTE,
                'blank images',
                f'{entry["blank"]["count"]} have one colour only, the first: '
                f'{entry["blank"]["first"][0][0]}',
            )
        )
    if entry['ambiguity'] and entry['ambiguity']['without_votes']:
        found.append(
            finding(NOTE, 'votes', f'{entry["ambiguity"]["without_votes"]} images have no votes')
        )
    return found


def _size_finding(entry: dict[str, Any]) -> tuple:
    (size, *others), modes, check = entry['sizes'], entry['modes'], 'sizes and channels'
    if others or len(modes) > 1:
        return NOTE, check, f'{entry["different_sizes"]} different sizes; modes {modes}'
    return OK, check, f'all {size["width"]} x {size["height"]} {next(iter(modes))}'


def _count_finding(split: Split) -> tuple:
    published, counts = split.published, split.per_class
    total, check = int(counts.sum()), 'counts'
    if published is None:
        return NOTE, check, f'{total} images; nothing is published to compare them with'
    totals = ' or '.join(map(str, published.totals))
    if published.per_class is not None and tuple(counts) != published.per_class:
        differ = [
            f'{name} {int(is_):d} (published {was})'
            for name, is_, was in zip(split.classes, counts, published.per_class)
            if is_ != was
        ]
        return WRONG, check, f'{total} images (published {totals}); {", ".join(differ)}'
    if total not in published.totals:
        return WRONG, check, f'{total} images; published: {totals}'
    return (
        OK,
        check,
        f'{total} images, as published'
        + (' for each class' if published.per_class else '; for the classes nothing is published'),
    )


def _duplicate_numbers(found: Duplicates, splits: Sequence[Split]) -> dict[str, Any]:
    # A leak's pair by its two splits: which were copied, and are the labels the same?
    pairs: dict[str, dict[str, int]] = {}
    for leak in found.leaks:
        entry = pairs.setdefault(
            f'{leak.tested.split} in {leak.known.split}', dict(images=0, with_another_label=0)
        )
        entry['images'] += 1
        entry['with_another_label'] += labels_differ(leak)
    return dict(
        all=summarise(found.groups),
        inside={split.name: summarise(found.inside(split.name)) for split in splits},
        leaks=pairs,
        first_leaks=[[list(leak.tested), list(leak.known)] for leak in found.leaks[:FIRST]],
        first_groups=[[list(copy) for copy in group] for group in found.groups[:FIRST]],
    )


def _duplicate_findings(found: Duplicates, splits: Sequence[Split]) -> list[dict]:
    findings = []
    for split in splits:
        groups = summarise(found.inside(split.name))
        text = (
            'none'
            if not groups['groups']
            else (
                f'{groups["images"]} images are {groups["groups"]} different ones, of which '
                f'{groups["groups_with_different_labels"]} have different labels'
            )
        )
        findings.append(
            dict(
                level=NOTE if groups['groups'] else OK,
                split=split.name,
                check='same content inside',
                text=text,
            )
        )
    counts = _duplicate_numbers(found, splits)['leaks']
    for pair, entry in counts.items():
        tested, known = pair.split(' in ')
        leak = next(
            leak for leak in found.leaks if (leak.tested.split, leak.known.split) == (tested, known)
        )
        findings.append(
            dict(
                level=WRONG,
                split=tested,
                check='leak',
                text=f'images of {tested} that {known} holds, too: {entry["images"]} '
                f'({entry["with_another_label"]} with another label), the first: '
                f'{_copy(leak.tested)} = {_copy(leak.known)}',
            )
        )
    if not counts and len(splits) > 1:
        findings.append(
            dict(
                level=OK, split='all', check='leak', text='no image to test on is in another split'
            )
        )
    return findings


def _copy(copy: Copy) -> str:
    return f'{copy.path} ({copy.split}, {copy.label})'
