"""A report for people, and the tables beside it."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from .report import BINS, FIRST, Report

NUMBERS, TEXT, PROBLEMS, SAME = 'report.json', 'report.md', 'problems.csv', 'duplicates.csv'


def write_report(folder: Path, report: Report, pictures: Mapping[str, str]) -> list[str]:
    """Write report.json, report.md (with ``pictures``, file in ``folder`` to caption), and, where
    there is something to list, problems.csv (images that are missing, unreadable or blank) and
    duplicates.csv (groups of the same content); returns the names of the files."""
    files = [NUMBERS, TEXT]
    (folder / NUMBERS).write_text(json.dumps(report.numbers, indent=2) + '\n')
    (folder / TEXT).write_text(markdown(report.numbers, pictures), encoding='utf-8')
    groups = enumerate(report.duplicates.groups, 1)
    copies = [(number, *copy) for number, group in groups for copy in group]
    copies = [('group', 'split', 'file', 'label'), *copies]
    problems = [('split', 'file', 'problem'), *report.problems]
    for name, rows in {PROBLEMS: problems, SAME: copies}.items():
        if rows[1:]:
            files.append(name)
            path = folder / name
            with open(path, 'w', newline='', encoding='utf-8', errors='surrogateescape') as file:
                csv.writer(file).writerows(rows)
    return files


def read_numbers(folder: Path) -> dict[str, Any]:
    """The numbers of a report that is there; a ValueError where its file was cut or edited."""
    try:
        found = json.loads((folder / NUMBERS).read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(
            f'{folder / NUMBERS} was cut or edited (no JSON object); --force writes the report anew'
        )
    return found


def markdown(numbers: dict[str, Any], pictures: Mapping[str, str]) -> str:
    """The report as text."""
    splits = numbers['splits']
    options = ', '.join(f'{key}={value!r}' for key, value in numbers['options'].items())
    findings = [(f['level'], f['split'], f['check'], f['text']) for f in numbers['findings']]
    sizes = [(name, *_size_cells(entry)) for name, entry in splits.items()]
    blocks = [
        f'# {numbers["dataset"]}: data report',
        f'Data: `{numbers["data_root"]}`. Read with {options or "the defaults"}.',
        '## Findings',
        _table(('', 'split', 'check', 'result'), findings),
        '## Images a class',
        *chain.from_iterable(_class_blocks(name, entry) for name, entry in splits.items()),
        '## Sizes and channels',
        "Width x height in pixels; the mode is Pillow's (L: grey, RGB: colour).",
        _table(('split', 'images', 'megabytes', 'sizes', 'modes'), sizes),
        *_problem_blocks(splits),
        *_duplicate_blocks(numbers['duplicates']),
        *_ambiguity_blocks(splits),
        *(['## Pictures'] if pictures else []),
        *(f'{caption}\n\n![{caption}]({file})' for file, caption in pictures.items()),
    ]
    return '\n\n'.join(blocks) + '\n'


def _class_blocks(name: str, entry: dict[str, Any]) -> list[str]:
    listed, published = entry['listed'], entry['published'] or {}
    if not listed:
        return [f'### {name}', f'Not at hand: {entry["absent"]}']
    known = zip_longest(entry['classes'], entry['per_class'], published.get('per_class') or ())
    rows = [
        (label, count, *(('-', '-') if was is None else (was, f'{count - was:+d}')))
        for label, count, was in known
    ]
    totals = published.get('totals', [])
    differences = ' or '.join(f'{listed - total:+d}' for total in totals)
    rows.append(('**all**', listed, ' or '.join(map(str, totals)) or '-', differences or '-'))
    blocks = [f'### {name}', _table(('class', 'here', 'published', 'difference'), rows)]
    if published:
        blocks.append(f'Published: {published["source"]}.')
    if entry['fingerprint']:
        proof = ', '.join(f'{key} `{value}`' for key, value in entry['fingerprint'].items())
        blocks.append(f"In the `meta['data']` of checkpoints: {proof}.")
    if entry['left_out']:
        left_out = ', '.join(f'{reason} {count}' for reason, count in entry['left_out'].items())
        blocks.append(f'Rows that the reader leaves out: {left_out}.')
    return blocks


def _size_cells(entry: dict[str, Any]) -> tuple:
    sizes = [f'{size["width"]} x {size["height"]}: {size["images"]}' for size in entry['sizes'][:5]]
    if (more := entry['different_sizes'] - len(sizes)) > 0:
        sizes.append(f'and {more} more sizes')
    modes = ', '.join(f'{mode} {count}' for mode, count in entry['modes'].items())
    return sum(entry['modes'].values()), f'{entry["bytes"] / 1e6:.1f}', ', '.join(sizes), modes


def _problem_blocks(splits: dict[str, Any]) -> list[str]:
    blocks = []
    for kind in ('missing', 'unreadable', 'blank'):
        for name, entry in splits.items():
            count, first = entry[kind]['count'], entry[kind]['first']
            if count and entry['at_hand']:
                why = [f': {_plain(reason)}' if kind != 'missing' else '' for _, reason in first]
                lines = [f'- `{file}`{reason}' for (file, _), reason in zip(first, why)]
                lines += [f'- ... all are in {PROBLEMS}'] * (count > FIRST)
                blocks += [f'### {kind.capitalize()} images: {name}, {count}', '\n'.join(lines)]
    return blocks


def _duplicate_blocks(duplicates: dict[str, Any]) -> list[str]:
    parts = {**duplicates['inside'], 'all together': duplicates['all']}
    keys = ('images', 'groups', 'groups_with_different_labels')
    header = ('split', 'images with a copy', 'different ones', 'with different labels')
    blocks = [
        '## Same content',
        "Images whose decoded pixels are equal (and the face's box in them, where there is one). "
        'Images that are merely alike, such as the same photo saved twice as JPEG, are not looked '
        'for.',
        _table(header, ((name, *(part[key] for key in keys)) for name, part in parts.items())),
    ]
    if leaks := duplicates['leaks']:
        pairs = [(pair, one['images'], one['with_another_label']) for pair, one in leaks.items()]
        first = [
            (f'`{path}`', label, f'`{known}`', split, known_label)
            for (_, path, label), (split, known, known_label) in duplicates['first_leaks']
        ]
        blocks += [
            '### Leaks',
            'Images to test on that another split has, too. Labels are compared with the first '
            'copy there.',
            _table(('leak', 'images', 'with another label'), pairs),
            _table(('tested on', 'label', 'is', 'of', 'label'), first),
        ]
    if duplicates['all']['groups']:
        blocks.append(f'All groups are in {SAME}.')
    return blocks


def _ambiguity_blocks(splits: dict[str, Any]) -> list[str]:
    voted = {name: entry['ambiguity'] or {} for name, entry in splits.items()}
    voted = {name: entry for name, entry in voted.items() if entry.get('images')}
    if not voted:
        return []
    columns = max(entry['columns'] for entry in voted.values())
    edges = [f'{i / BINS:.1f}-{(i + 1) / BINS:.1f}' for i in range(BINS)]
    entropies = [
        (name, f'{entry["entropy_mean"]:.3f}', *entry['entropy_histogram'])
        for name, entry in voted.items()
    ]
    answers = {name: entry['labels_from_30_percent'] for name, entry in voted.items()}
    most = max(map(len, answers.values()))
    several = [(name, *counts, *[0] * (most - len(counts))) for name, counts in answers.items()]
    return [
        '## Ambiguity',
        f'Of the images above, from their votes over {columns} answers. Entropy: -sum p log p, '
        'divided by the log of the number of answers; 0 is agreement, 1 an even spread. Images '
        'that the reader leaves out are not among them.',
        _table(('split', 'mean entropy', *edges), entropies),
        'Images by the number of answers that have at least 30 % of the votes:',
        _table(('split', *range(most)), several),
    ]


def _table(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(_plain(str(cell)) for cell in line) + ' |' for line in lines)


def _plain(text: str) -> str:
    """A text that stays in its cell."""
    return ' '.join(text.split()).replace('|', '\\|')
