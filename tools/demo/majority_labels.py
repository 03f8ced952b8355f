"""Write the annotators' favourite answer to each training face of a RAF-DB folder as its label.

For ``noise=dict(kind='file', path=...)``: what a data set teaches whose label is the answer with
the most votes, the first where equal::

    python tools/demo/majority_labels.py data/synthetic_rafdb_votes --out majority.txt
"""

import argparse
from pathlib import Path

import numpy as np

import mmfer  # noqa: F401  repairs the host
from mmfer.datasets import RAFDB
from mmfer.lists.label_lists import write_noise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', type=Path, help='folder of the data set, with its votes')
    parser.add_argument('--out', required=True, help='the file, below EmoLabel')
    args = parser.parse_args()
    faces = RAFDB(data_root=str(args.root), split='train', lazy_init=True, pipeline=[])
    records = faces.records()
    if 'votes' not in records[0]:
        raise SystemExit(f'{args.root} has no EmoLabel/distribution_basic.txt, the votes')
    clean = np.array([record['gt_label'] for record in records])
    voted = np.stack([record['votes'] for record in records]).argmax(axis=1)
    path = args.root / 'EmoLabel' / args.out
    path.unlink(missing_ok=True)
    write_noise(str(path), faces.images_of(records), clean, voted, dict(kind='majority of votes'))
    print(f'{path}: {(clean != voted).mean():.1%} of {len(clean)} labels are not what was drawn')


if __name__ == '__main__':
    main()
