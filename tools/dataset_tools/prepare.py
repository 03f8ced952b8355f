"""Unpack a data set where it is packed, check it, and write a report with pictures.

::

    python tools/dataset_tools/prepare.py rafdb data/rafdb --archive basic.zip
    python tools/dataset_tools/prepare.py ferplus data/ferplus --zips FER2013Train.zip ...
    python tools/dataset_tools/prepare.py ferplus data/ferplus --fer2013 fer2013.csv \
        --votes fer2013new.csv
    python tools/dataset_tools/prepare.py fer2013 data/fer2013
    python tools/dataset_tools/prepare.py affectnet data/affectnet --num-classes 7
    python tools/dataset_tools/prepare.py folder data/mine
    python tools/dataset_tools/prepare.py folder data/mine --classes happy sad \
        --ann-file labels.csv --data-prefix faces --id-base 1 --column path=picture label=expr

Archives that lie in the data set's folder are unpacked there, where the data set is not.

Exit status: 0 where nothing is wrong, 1 where something is (or the data cannot be read), 2 on wrong
arguments. A second run on the same files shows the report that is there. Nothing that was there
before is changed; ``--force`` looks at the images again, and unpacks nothing anew.
"""

import argparse
import csv
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.logging import MMLogger
from mmengine.utils import import_modules_from_strings
from rich.console import Console
from rich.table import Table
from rich.text import Text

import mmfer  # noqa: F401  repairs the host before a reader is built
from mmfer import data_report
from mmfer.data_report import Limits
from mmfer.datasets.affectnet import RELEASES
from mmfer.datasets.own import ROLES
from mmfer.lists.layouts import LAYOUTS
from mmfer.utils.files import leftovers
from mmfer.utils.progress import progress_bar

# By the command, what data sets are called.
NAMES = dict(rafdb='RAF-DB', ferplus='FERPlus', fer2013='FER2013', affectnet='AffectNet')
NAMES['expw'] = 'ExpW'
COLOURS = dict(ok='green', note='yellow', wrong='bold red')  # in the order of the table


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest='command', required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        'root', type=Path, help="the data set's folder; archives are unpacked there"
    )
    common.add_argument(
        '--out', type=Path, help='folder of the report; default: work_dirs/data_reports/<command>'
    )
    common.add_argument(
        '--splits', nargs='+', help='those that have to be there; default: all of the data set'
    )
    common.add_argument('--workers', type=int, default=os.cpu_count() or 1, help='threads')
    common.add_argument('--seed', type=int, default=0, help='of the choice of faces to show')
    common.add_argument('--force', action='store_true', help='look at unchanged images again')
    packed = argparse.ArgumentParser(add_help=False)
    packed.add_argument(
        '--max-gib', type=float, default=64, help='an archive that unpacks to more GiB is refused'
    )

    files = dict(dest='archives', nargs='+', default=[], metavar='FILE')
    rafdb = commands.add_parser('rafdb', parents=[common, packed], help='RAF-DB, basic expressions')
    rafdb.add_argument(
        '--archive', **files, help='basic.zip, aligned.zip ...; without its password'
    )
    ferplus = commands.add_parser('ferplus', parents=[common, packed], help='FER+')
    ferplus.add_argument('--zips', **files, help='FER2013Train.zip, ...Valid.zip, ...Test.zip')
    ferplus.add_argument('--fer2013', type=Path, help='fer2013.csv: pixels; needs --votes')
    ferplus.add_argument('--votes', type=Path, help='fer2013new.csv')
    vote_files = ('label.csv', 'fer2013new.csv')
    ferplus.add_argument('--vote-file', choices=vote_files, help='default: the first that is there')
    commands.add_parser('fer2013', parents=[common, packed], help='FER2013 with its own labels')
    commands.add_parser('expw', parents=[common, packed], help='ExpW')
    affectnet = commands.add_parser('affectnet', parents=[common, packed], help='AffectNet')
    affectnet.add_argument('--release', choices=RELEASES, help='default: which is there')
    affectnet.add_argument('--num-classes', type=int, choices=(7, 8), default=8)
    folder = commands.add_parser('folder', parents=[common], help='your own faces')
    folder.add_argument(
        '--classes',
        nargs='+',
        help='in the order of the class ids; default: the names of the class folders, sorted',
    )
    folder.add_argument('--ann-file', default='', help='a table below the root')
    folder.add_argument(
        '--data-prefix',
        help="the images' folder below the root: what the table's paths start from, or where the "
        "classes' folders lie; default there: those of each split",
    )
    folder.add_argument(
        '--id-base', type=int, help='the id of the first class; default: found, where 0 or K occurs'
    )
    folder.add_argument(
        '--column',
        '--columns',
        dest='columns',
        nargs='+',
        action='extend',
        default=[],
        metavar='ROLE=COLUMN',
        help="the table's columns of path, label and split that are called otherwise",
    )
    folder.add_argument('--annotators', nargs='+', default=[], help="the table's columns")
    folder.add_argument(
        '--outside', nargs='+', default=[], help="the table's columns of votes for no class"
    )
    args = parser.parse_args()
    if args.workers < 1:
        parser.error(f'--workers {args.workers}: 1 or more')
    if args.command == 'ferplus' and args.fer2013 and not args.votes:
        parser.error('--fer2013 has no names and no votes; give --votes fer2013new.csv, too')
    if args.command == 'ferplus' and args.fer2013 and args.archives:
        parser.error('--fer2013 and --zips both give the images; give one of them')
    if args.command == 'folder':
        if args.ann_file and not args.classes:
            parser.error('--ann-file needs --classes, in the order of the class ids')
        given = dict(word.partition('=')[::2] for word in args.columns)
        if not {*given} <= {*ROLES} or '' in given.values():
            parser.error(f'--column {" ".join(args.columns)}: each is ROLE=COLUMN, of {ROLES}')
        args.columns = given
    return args


def main() -> None:
    args = parse_args()
    console = Console(markup=False, highlight=False)  # file names have brackets
    try:
        numbers, folder = prepare(args, console)
    except (ValueError, OSError, csv.Error) as error:
        text = ' '.join(str(error).splitlines()) or type(error).__name__
        errors = Console(stderr=True, markup=False, highlight=False)
        errors.print(f'prepare: {text}', style='red', soft_wrap=True)
        sys.exit(1)
    sys.exit(1 if show(numbers, folder, console) else 0)


def prepare(args: argparse.Namespace, console: Console) -> tuple:
    """All the work; returns the report's numbers and its folder."""
    unpack(args, console)
    if not args.root.is_dir():
        raise FileNotFoundError(
            f"no folder {str(args.root)!r}; give the data set's folder, or "
            'archives to unpack into it'
        )
    name, reader, variant, options, known = describe(args, console)
    with telling_columns(options.get('ann_file'), args.root, console):
        splits = [
            data_report.read_split(reader, str(args.root), split, variant, **options)
            for split in args.splits or known
        ]
    for layout in dict.fromkeys(split.layout for split in splits if split.layout and split.paths):
        said = {one.name: one.said for one in LAYOUTS[name]}
        console.print(f'layout of {name}: {layout}: {said[layout]}', soft_wrap=True)
    folder = args.out or Path('work_dirs', 'data_reports', args.command)
    stamp = data_report.state_of(splits, dict(options, reader=reader, seed=args.seed))
    if not args.force and data_report.is_current(folder, stamp):
        console.print('the same files as at the last run; --force looks at the images again')
        return data_report.read_numbers(folder), folder
    if not any(split.paths for split in splits):
        raise FileNotFoundError('; '.join(dict.fromkeys(split.absent for split in splits)))
    paths = list(dict.fromkeys(path for split in splits for path in split.paths))
    with progress_bar('images') as progress:
        images = data_report.inspect_images(paths, workers=args.workers, progress=progress)
    report = data_report.build_report(name, str(args.root), options, splits, images)
    data_report.start(folder)
    pictures = data_report.draw_pictures(folder, name, splits, images, report.numbers, args.seed)
    files = data_report.write_report(folder, report, pictures)
    data_report.finish(folder, stamp, [*files, *pictures])
    return report.numbers, folder


@contextmanager
def telling_columns(table: str | None, root: Path, console: Console) -> Iterator[None]:
    """Print what the reader takes a table's columns and words for, once for all splits."""
    said, log = set(), MMLogger.get_current_instance()

    def show(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if record.levelno == logging.INFO and text not in said and text.startswith(path):
            said.add(text)
            console.print(text, soft_wrap=True)
        return record.levelno > logging.INFO

    if not table:
        yield
        return
    path, level = os.path.join(root, table), log.level
    log.setLevel(logging.INFO)
    log.addFilter(show)
    try:
        yield
    finally:
        log.removeFilter(show)
        log.setLevel(level)


def unpack(args: argparse.Namespace, console: Console) -> None:
    """Bring the data set's folders about, where they are not there."""
    if args.command not in NAMES:
        return
    limits, given = Limits(max_bytes=int(args.max_gib * (1 << 30))), getattr(args, 'archives', [])
    unpacks = dict(rafdb=data_report.unpack_rafdb, ferplus=data_report.unpack_ferplus)
    with progress_bar('unpacking') as progress:
        options = dict(limits=limits, progress=progress)
        states = unpacks[args.command](args.root, given, **options) if given else {}
        found = data_report.unpack_found(args.root, NAMES[args.command], given, **options)
        states = found | states
    if args.command == 'ferplus' and args.fer2013:
        with progress_bar('writing images') as progress:
            counts = data_report.write_ferplus_folders(
                args.fer2013, args.votes, args.root, progress=progress
            )
        states[str(args.fer2013)] = f'rows: {dict(counts)}' if counts else 'reused'
    elif args.command == 'ferplus' and args.votes:
        states[str(args.votes)] = data_report.copy_votes(args.votes, args.root)
    if args.command == 'fer2013':
        with progress_bar('writing images') as progress:
            states |= data_report.write_fer2013_folders(args.root, progress=progress)
    for path, state in states.items():
        text = 'its folder is there, left alone' if state == 'reused' else state
        console.print(f'{path}: {text}', soft_wrap=True)
    for path in leftovers(args.root):
        console.print(f'{path} was left by a run that was killed; it may be deleted')


def describe(args: argparse.Namespace, console: Console) -> tuple:
    """Name, reader, variant of the published counts, the reader's options, and the splits."""
    import_modules_from_strings(['mmfer.datasets'])
    MMLogger.get_current_instance().setLevel(logging.WARNING)  # the report tells the counts
    if args.command == 'rafdb':
        return 'RAF-DB', 'RAFDB', '', {}, ['train', 'test']
    if args.command == 'ferplus':
        labels = next(args.root.glob('FER2013*/label.csv'), None)
        vote_file = args.vote_file or ('label.csv' if labels else 'fer2013new.csv')
        options, splits = dict(vote_file=vote_file), ['train', 'valid', 'test']
        return 'FERPlus', 'FERPlus', vote_file, options, splits
    if args.command == 'fer2013':
        return 'FER2013', 'FER2013', '', {}, ['train', 'valid', 'test']
    if args.command == 'expw':
        return 'ExpW', 'ExpW', '', {}, ['train', 'test']
    if args.command == 'affectnet':
        options = dict(num_classes=args.num_classes, release=args.release)
        splits = data_report.affectnet_splits(str(args.root), args.release)
        return 'AffectNet', 'AffectNet', str(args.num_classes), options, splits
    root, prefix = str(args.root), args.data_prefix
    splits = args.splits or data_report.own_splits(root, args.ann_file, args.columns, prefix)
    if not args.classes:
        args.classes = [*data_report.own_classes(root, splits, prefix)]
        console.print(
            f'classes by the folders: --classes {shlex.join(args.classes)}', soft_wrap=True
        )
    given = ('classes', 'ann_file', 'data_prefix', 'columns', 'annotators', 'outside', 'id_base')
    options = {name: getattr(args, name) for name in given}
    return args.root.resolve().name, 'FERFolder', '', options, splits


def show(numbers: dict[str, Any], folder: Path, console: Console) -> int:
    """The findings, what is wrong last: that is where one looks; returns how many are wrong."""
    table = Table(title=f'{numbers["dataset"]}: {numbers["data_root"]}', title_justify='left')
    for column in ('', 'split', 'check', 'result'):
        table.add_column(column, overflow='fold')
    levels = list(COLOURS)
    for finding in sorted(numbers['findings'], key=lambda entry: levels.index(entry['level'])):
        level = finding['level']
        result = (finding['split'], finding['check'], finding['text'])
        table.add_row(Text(level, style=COLOURS[level]), *result)
    console.print(table)
    wrong = sum(finding['level'] == 'wrong' for finding in numbers['findings'])
    console.print(f'{wrong} check{"s" * (wrong > 1)} failed' if wrong else 'nothing is wrong')
    console.print(f'report: {folder / "report.md"}', soft_wrap=True)
    return wrong


if __name__ == '__main__':
    main()
