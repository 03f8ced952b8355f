r"""How long AffectNet's lists take to read, at their full length.

Writes lists of AffectNet's size with made-up rows and empty image files into a new folder (1.5 GB
in about 700 000 files), then times the reader on both releases. For the newer one, numpy.load of
the same files is timed beside it, in turns, on a part of them.

Example::

    python tools/dev/benchmark_affectnet.py scratch
"""

import argparse
import csv
import io
import logging
import random
import statistics
import time
from pathlib import Path

import numpy as np
from mmengine.logging import MMLogger
from rich.progress import track

import mmfer  # noqa: F401
from mmfer.datasets import AffectNet, ClassBalancedSampler
from mmfer.lists.affectnet_lists import COLUMNS, read_scalar

FOLDERS = 1500  # of the original's images
PAIRS, PART = 7, 5000  # turns, and files a turn


def write_original(root: Path, rows: int) -> None:
    rng = random.Random(0)
    landmarks = ';'.join(f'{200 * rng.random():.2f}' for _ in range(136))
    images = root / 'Manually_Annotated_Images'
    for i in range(FOLDERS):
        (images / str(i)).mkdir(parents=True)
    lists = root / 'Manually_Annotated_file_lists'
    lists.mkdir()
    with open(lists / 'training.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for i in track(range(rows), 'original release'):
            name = f'{i % FOLDERS}/{rng.getrandbits(128):032x}.jpg'
            (images / name).touch()
            writer.writerow([name, 10, 10, 100, 100, landmarks, rng.randrange(11), 0.1, 0.2])


def write_new(root: Path, count: int) -> None:
    rng = random.Random(0)
    contents = []
    for value in range(8):
        file = io.BytesIO()
        np.save(file, np.array(str(value)))
        contents.append(file.getvalue())
    for name in ('images', 'annotations'):
        (root / 'train_set' / name).mkdir(parents=True)
    for i in track(range(count), 'newer release'):
        (root / f'train_set/images/{i}.jpg').touch()
        (root / f'train_set/annotations/{i}_exp.npy').write_bytes(rng.choice(contents))


def seconds(function) -> tuple:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('scratch', type=Path, help='a new folder, to be deleted afterwards')
    parser.add_argument('--rows', type=int, default=414_799, help='of the original training.csv')
    parser.add_argument('--files', type=int, default=287_651, help='of the newer train_set')
    args = parser.parse_args()
    if args.scratch.exists():
        parser.error(f'{args.scratch} exists; give a new folder')
    roots = dict(original=args.scratch / 'original', new=args.scratch / 'new')
    write_original(roots['original'], args.rows)
    write_new(roots['new'], args.files)

    MMLogger.get_current_instance().setLevel(logging.WARNING)
    for release, root in roots.items():
        reading, records = seconds(AffectNet(str(root), release=release, lazy_init=True).read)
        whole, data = seconds(
            lambda: AffectNet(str(root), release=release, noise=dict(kind='symmetric', rate=0.3))
        )
        order, _ = seconds(lambda: list(ClassBalancedSampler(data, seed=0)))
        print(
            f'{release}: {len(records)} images; list read in {reading:.1f} s; with checks, noise '
            f'and fingerprint {whole:.1f} s; a balanced epoch drawn in {order:.1f} s'
        )
    paths = [
        str(roots['new'] / f'train_set/annotations/{i}_exp.npy')
        for i in range(min(PART, args.files))
    ]
    ratios = []
    for _ in track(range(PAIRS), 'against numpy.load'):
        ours, _ = seconds(lambda: [read_scalar(path) for path in paths])
        numpy, _ = seconds(lambda: [int(np.load(path)) for path in paths])
        ratios.append(numpy / ours)
    print(
        f'numpy.load takes {statistics.median(ratios):.2f} times as long a file (median of {PAIRS} '
        f'pairs, {min(ratios):.2f} to {max(ratios):.2f})'
    )


if __name__ == '__main__':
    main()
