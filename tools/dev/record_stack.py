"""Write what tools/dev/try_stack.sh saw into its table, a row a stack."""

import argparse
import datetime
import platform
import subprocess
from importlib import metadata
from pathlib import Path

HEAD = """\
# Stacks tried

Written by `tools/dev/try_stack.sh FAMILY PYTHON FOLDER [fast|all]`, the newest try of each family,
Python, part and torch: a new environment, everything from the package registry, then the tests;
`fast` leaves out those that start the tools as processes.

| family | Python | tests | outcome | date | commit | torch | host | numpy, OpenCV |
|---|---|---|---|---|---|---|---|---|
"""


def version(*names: str) -> str:
    """Version of the first of these distributions that is installed."""
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return '-'


def make_row(family: str, part: str, outcome: str) -> list[str]:
    """The cells of this environment's row."""
    git = subprocess.run(['git', 'describe', '--always', '--dirty'], capture_output=True, text=True)
    names = ('mmengine', 'mmcv', 'mmpretrain')
    host = [version(f'onedl-{name}', f'{name}-lite', name) for name in names]
    return [
        family,
        platform.python_version(),
        part,
        outcome.strip('= '),
        datetime.date.today().isoformat(),
        git.stdout.strip() or '-',
        version('torch'),
        ', '.join(host),
        f'{version("numpy")}, {version("opencv-python")}',
    ]


def stack(row: list[str]) -> list[str]:
    """What makes it another stack: family, Python, part, torch."""
    return row[:3] + row[6:7]


def update(table: str, row: list[str]) -> str:
    """The table with this row for the older one of the same family, Python, part and torch."""
    rows = [
        [cell.strip() for cell in line.strip('| \n').split(' | ')]
        for line in table.splitlines()[len(HEAD.splitlines()) :]
    ]
    rows = [old for old in rows if stack(old) != stack(row)] + [row]
    return HEAD + ''.join(f'| {" | ".join(cells)} |\n' for cells in sorted(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('table', type=Path)
    parser.add_argument('family')
    parser.add_argument('part')
    parser.add_argument('outcome', help="pytest's last line")
    args = parser.parse_args()
    old = args.table.read_text(encoding='utf-8') if args.table.exists() else HEAD
    row = make_row(args.family, args.part, args.outcome)
    args.table.write_text(update(old, row), encoding='utf-8')
    print(f'{args.table}: {" | ".join(row)}')


if __name__ == '__main__':
    main()
