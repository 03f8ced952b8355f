r"""Write synthetic faces in the layout of RAF-DB, FERPlus or AffectNet.

Example::

    python tools/dataset_tools/make_synthetic.py data/synthetic_rafdb --layout rafdb \
        --train 1000 --test 300 --size 64 --preview sheet.png
"""

import argparse
from pathlib import Path

from mmfer.synthetic import (
    CLASSES_7,
    CLASSES_8,
    preview_sheet,
    write_affectnet,
    write_ferplus,
    write_rafdb,
)
from mmfer.synthetic.plan import BALANCES
from mmfer.synthetic.render import write_image

AFFECTNET = {'affectnet-original': 'original', 'affectnet-new': 'new'}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', type=Path, help='a new or empty folder')
    parser.add_argument('--layout', choices=('rafdb', 'ferplus', *AFFECTNET), required=True)
    parser.add_argument('--train', type=int, default=1000, help='number of faces')
    parser.add_argument(
        '--valid', type=int, default=100, help='number of faces (ferplus, affectnet)'
    )
    parser.add_argument('--test', type=int, default=300, help='number of faces (rafdb, ferplus)')
    parser.add_argument(
        '--auto',
        type=int,
        default=0,
        help='number of faces with labels by machine (affectnet-original)',
    )
    parser.add_argument(
        '--size',
        type=int,
        default=64,
        help="a picture's side, pixels; affectnet-original: its face's box",
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--classes',
        type=int,
        choices=(7, 8),
        help='8 adds contempt; rafdb has 7; default: 7 for rafdb, 8 for the others',
    )
    parser.add_argument(
        '--balance', choices=BALANCES, default='balanced', help="natural: RAF-DB's class shares"
    )
    parser.add_argument(
        '--label-list',
        type=Path,
        help='a RAF-DB label list: draw one face a row (rafdb; instead of --train, '
        '--test and --balance)',
    )
    parser.add_argument(
        '--blend-share', type=float, default=0.2, help='fraction of faces that mix two expressions'
    )
    parser.add_argument(
        '--occlusion-share',
        type=float,
        default=0.12,
        help='fraction of faces with something in front of them',
    )
    parser.add_argument('--workers', type=int, default=1, help='processes')
    parser.add_argument('--preview', type=Path, help='also write a contact sheet to this PNG')
    args = parser.parse_args()
    if args.layout == 'rafdb' and args.classes == 8:
        parser.error("RAF-DB's layout has 7 classes; use --classes 7 or another layout")
    if args.layout != 'rafdb' and args.label_list:
        parser.error('--label-list is for --layout rafdb')
    if args.layout != 'affectnet-original' and args.auto:
        parser.error('--auto is for --layout affectnet-original')
    return args


def main() -> None:
    args = parse_args()
    sampling = dict(blend_share=args.blend_share, occlusion_share=args.occlusion_share)
    common = dict(
        train=args.train,
        size=args.size,
        seed=args.seed,
        balance=args.balance,
        workers=args.workers,
        progress=True,
        **sampling,
    )
    classes = CLASSES_7 if args.classes == 7 or args.layout == 'rafdb' else CLASSES_8
    if args.layout == 'rafdb':
        state = write_rafdb(args.root, test=args.test, label_list=args.label_list, **common)
    elif args.layout == 'ferplus':
        state = write_ferplus(
            args.root, valid=args.valid, test=args.test, classes=classes, **common
        )
    else:
        state = write_affectnet(
            args.root,
            release=AFFECTNET[args.layout],
            valid=args.valid,
            auto=args.auto,
            classes=classes,
            **common,
        )
    print(f'{state}: {args.root}')
    if args.preview:
        args.preview.parent.mkdir(parents=True, exist_ok=True)
        sheet = preview_sheet(
            args.seed,
            size=max(args.size, 64),
            classes=classes,
            occlusion_share=args.occlusion_share,
        )
        write_image(args.preview, sheet)
        print(f'preview: {args.preview}')


if __name__ == '__main__':
    main()
