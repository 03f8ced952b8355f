"""A report for people, and the tables beside it."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .ambiguity import BINS
from .report import FIRST, Report

NUMBERS, TEXT, PROBLEMS, SAME = 'report.json', 'report.md', 'problems.csv', 'duplicates.csv'


def write_report(folder: Path, report: Report, pictures: Mapping[str, str]) -> list[str]:
    """Write report.json, report.md, and, where there is something to list, problems.csv (images
    that are missing, unreadable or blank) and duplicates.csv (groups of the same content).

    Args:
        pictures: file name in ``folder`` to caption.

    Returns:
        The names of the files.
    """
    files = [NUMBERS, TEXT]
    (folder / NUMBERS).write_text(json.dumps(report.numbers, indent=2) + '\n')
    (folder / TEXT).write_text(markdown(report.numbers, pictures), encoding='utf-8')
    if report.problems:
        files.append(PROBLEMS)
        _write_csv(folder / PROBLEMS, ('split', 'file', 'problem'), report.problems)
    if report.duplicates.groups:
        files.append(SAME)
        _write_csv(
            folder / SAME,
            ('group', 'split', 'file', 'label'),
            (
                (number, copy.split, copy.path, copy.label)
                for number, group in enumerate(report.duplicates.groups, 1)
                for copy in group
            ),
        )
    return files


def read_numbers(folder: Path) -> dict[str, Any]:
    """The numbers of a report that is there."""
    return json.loads((folder / NUMBERS).read_text())


def markdown(numbers: dict[str, Any], pictures: Mapping[str, str]) -> str:
    """The report as text."""
    splits = numbers['splits']
    lines = [
        f'# {numbers["dataset"]}: data report',
        '',
        f'Data: `{numbers["data_root"]}`. Read with {_options(numbers["options"])}.',
        '',
        '## Findings',
        '',
    ]
    lines += _table(
        ('', 'split', 'check', 'result'),
        (
            (finding['level'], finding['split'], finding['check'], finding['text'])
            for finding in numbers['findings']
        ),
    )
    lines += ['', '## Images a class', '']
    for name, entry in splits.items():
        lines += _class_table(name, entry)
    lines += [
        '## Sizes and channels',
        '',
        "Width x height in pixels; the mode is Pillow's (L: grey, RGB: colour).",
        '',
    ]
    lines += _table(
        ('split', 'images', 'megabytes', 'sizes', 'modes'),
        (
            (
                name,
                sum(entry['modes'].values()),
                f'{entry["bytes"] / 1e6:.1f}',
                _sizes(entry),
                ', '.join(f'{mode} {count}' for mode, count in entry['modes'].items()),
            )
            for name, entry in splits.items()
        ),
    )
    lines += [
        '',
        *_problem_lines(splits),
        *_duplicate_lines(numbers['duplicates']),
        *_ambiguity_lines(splits),
    ]
    if pictures:
        lines += ['## Pictures', '']
        for file, caption in pictures.items():
            lines += [f'{caption}', '', f'![{caption}]({file})', '']
    return '\n'.join(lines).rstrip() + '\n'


def _options(options: dict[str, Any]) -> str:
    return ', '.join(f'{key}={value!r}' for key, value in options.items()) or 'the defaults'


def _class_table(name: str, entry: dict[str, Any]) -> list[str]:
    if not entry['listed']:
        return [f'### {name}', '', f'Not at hand: {entry["absent"]}', '']
    published = entry['published']
    per_class = (published or {}).get('per_class') or ['-'] * len(entry['classes'])
    rows = [
        (label, count, was, '-' if was == '-' else f'{count - was:+d}')
        for label, count, was in zip(entry['classes'], entry['per_class'], per_class)
    ]
    totals = published['totals'] if published else []
    rows.append(
        (
            '**all**',
            entry['listed'],
            ' or '.join(map(str, totals)) or '-',
            ' or '.join(f'{entry["listed"] - total:+d}' for total in totals) or '-',
        )
    )
    lines = [f'### {name}', '', *_table(('class', 'here', 'published', 'difference'), rows), '']
    if published:
        lines += [f'Published: {published["source"]}.', '']
    if entry['fingerprint']:
        lines += [
            "In the `meta['data']` of checkpoints: "
            + ', '.join(f'{key} `{value}`' for key, value in entry['fingerprint'].items())
            + '.',
            '',
        ]
    if entry['left_out']:
        left_out = ', '.join(f'{reason} {count}' for reason, count in entry['left_out'].items())
        lines += [f'Rows that the reader leaves out: {left_out}.', '']
    return lines


def _problem_lines(splits: dict[str, Any]) -> list[str]:
    lines = []
    for kind in ('missing', 'unreadable', 'blank'):
        for name, entry in splits.items():
            found = entry[kind]
            if found['count'] and entry['at_hand']:
                lines += [f'### {kind.capitalize()} images: {name}, {found["count"]}', '']
                lines += [
                    f'- `{file}`' + ('' if kind == 'missing' else f': {_plain(why)}')
                    for file, why in found['first']
                ]
                lines += [f'- ... all are in {PROBLEMS}'] * (found['count'] > FIRST) + ['']
    return lines


def _duplicate_lines(duplicates: dict[str, Any]) -> list[str]:
    lines = [
        '## Same content',
        '',
        "Images whose decoded pixels are equal (and the face's box "
        'in them, where there is one). Images that are merely alike, such as the same photo saved '
        'twice as JPEG, are not looked for.',
        '',
    ]
    lines += _table(
        ('split', 'images with a copy', 'different ones', 'with different labels'),
        (
            (name, entry['images'], entry['groups'], entry['groups_with_different_labels'])
            for name, entry in {**duplicates['inside'], 'all together': duplicates['all']}.items()
        ),
    )
    lines.append('')
    if duplicates['leaks']:
        lines += [
            '### Leaks',
            '',
            'Images to test on that another split has, too. Labels are compared with the first '
            'copy there.',
            '',
        ]
        lines += _table(
            ('leak', 'images', 'with another label'),
            (
                (pair, entry['images'], entry['with_another_label'])
                for pair, entry in duplicates['leaks'].items()
            ),
        )
        lines += [
            '',
            *_table(
                ('tested on', 'label', 'is', 'of', 'label'),
                (
                    (f'`{tested[1]}`', tested[2], f'`{known[1]}`', known[0], known[2])
                    for tested, known in duplicates['first_leaks']
                ),
            ),
            '',
        ]
    if duplicates['all']['groups']:
        lines += [f'All groups are in {SAME}.', '']
    return lines


def _ambiguity_lines(splits: dict[str, Any]) -> list[str]:
    voted = {
        name: entry['ambiguity']
        for name, entry in splits.items()
        if entry['ambiguity'] and entry['ambiguity']['images']
    }
    if not voted:
        return []
    columns = max(entry['columns'] for entry in voted.values())
    lines = [
        '## Ambiguity',
        '',
        f'Of the images above, from their votes over {columns} answers. Entropy: -sum p log p, '
        'divided by the log of the number of answers; 0 is agreement, 1 an even spread. Images '
        'that the reader leaves out are not among them.',
        '',
    ]
    edges = [f'{i / BINS:.1f}-{(i + 1) / BINS:.1f}' for i in range(BINS)]
    lines += _table(
        ('split', 'mean entropy', *edges),
        (
            (name, f'{entry["entropy_mean"]:.3f}', *entry['entropy_histogram'])
            for name, entry in voted.items()
        ),
    )
    most = max(len(entry['labels_from_30_percent']) for entry in voted.values())
    lines += ['', 'Images by the number of answers that have at least 30 % of the votes:', '']
    lines += _table(
        ('split', *range(most)),
        (
            (
                name,
                *entry['labels_from_30_percent'],
                *['0'] * (most - len(entry['labels_from_30_percent'])),
            )
            for name, entry in voted.items()
        ),
    )
    return lines + ['']


def _sizes(entry: dict[str, Any]) -> str:
    shown = [f'{size["width"]} x {size["height"]}: {size["images"]}' for size in entry['sizes'][:5]]
    more = entry['different_sizes'] - len(shown)
    return ', '.join(shown) + (f', and {more} more sizes' if more > 0 else '')


def _table(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [header, ['---'] * len(header), *rows]
    return ['| ' + ' | '.join(_plain(str(cell)) for cell in line) + ' |' for line in lines]


def _plain(text: str) -> str:
    """A text that stays in its cell."""
    return ' '.join(text.split()).replace('|', '\\|')


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with open(path, 'w', newline='', encoding='utf-8', errors='surrogateescape') as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
