r"""Write synthetic faces in a layout of RAF-DB, FERPlus, FER2013, AffectNet or ExpW.

Example::

    python tools/dataset_tools/make_synthetic.py data/synthetic_rafdb --layout rafdb \
        --train 1000 --test 300 --size 64 --preview sheet.png
"""

import argparse
from pathlib import Path

from mmfer import synthetic
from mmfer.utils.images import write_image

# By the layout, what writes it and with which arguments.
RAFDB = {'rafdb': 'official', 'rafdb-kaggle': 'kaggle'}
FER2013 = {'fer2013': 'folders', 'fer2013-csv': 'table'}
AFFECTNET = {f'affectnet-{name}': name for name in ('original', 'new', 'kaggle', 'folders')}
LAYOUTS = (*RAFDB, 'ferplus', *FER2013, 'expw', *AFFECTNET)
SEVEN = (*RAFDB, *FER2013, 'expw')
# type, default, help
NUMBERS = {
    '--train': (int, 1000, 'number of faces'),
    '--valid': (int, 100, 'number of faces (ferplus, fer2013, affectnet)'),
    '--test': (int, 300, 'number of faces (rafdb, ferplus, fer2013)'),
    '--auto': (int, 0, 'number of faces with labels by machine (affectnet-original)'),
    '--size': (int, 64, "a picture's side, pixels; affectnet-original: its face's box"),
    '--seed': (int, 0, None),
    '--blend-share': (float, 0.2, 'fraction of faces that mix two expressions'),
    '--occlusion-share': (float, 0.12, 'fraction of faces with something in front of them'),
    '--workers': (int, 1, 'processes'),
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', type=Path, help='a new or empty folder')
    parser.add_argument('--layout', choices=LAYOUTS, required=True)
    for name, (kind, default, text) in NUMBERS.items():
        parser.add_argument(name, type=kind, default=default, help=text)
    text = '8 adds contempt; rafdb, fer2013 and expw have 7, the default; else it is 8'
    parser.add_argument('--classes', type=int, choices=(7, 8), help=text)
    text = "natural: RAF-DB's class shares"
    parser.add_argument('--balance', choices=synthetic.BALANCES, default='balanced', help=text)
    text = 'a RAF-DB label list: draw one face a row (rafdb; not --train, --test and --balance)'
    parser.add_argument('--label-list', type=Path, help=text)
    parser.add_argument('--preview', type=Path, help='also write a contact sheet to this PNG')
    args = parser.parse_args()
    if args.layout in SEVEN and args.classes == 8:
        parser.error(f'--layout {args.layout} has 7 classes; use --classes 7 or another layout')
    if args.layout not in RAFDB and args.label_list:
        parser.error('--label-list is for --layout rafdb')
    if args.layout != 'affectnet-original' and args.auto:
        parser.error('--auto is for --layout affectnet-original')
    return args


def main() -> None:
    args = parse_args()
    try:
        write(args)
    except (OSError, ValueError) as error:
        raise SystemExit(f'make_synthetic: {error}') from error


def write(args: argparse.Namespace) -> None:
    """The faces, and the preview."""
    root, classes = args.root, synthetic.CLASSES_8
    if args.classes == 7 or args.layout in SEVEN:
        classes = synthetic.CLASSES_7
    names = ('train', 'size', 'seed', 'balance', 'workers', 'blend_share', 'occlusion_share')
    common = dict({name: getattr(args, name) for name in names}, progress=True)
    others = dict(common, valid=args.valid, classes=classes)
    if args.layout in RAFDB:
        given = dict(common, layout=RAFDB[args.layout], label_list=args.label_list)
        state = synthetic.write_rafdb(root, test=args.test, **given)
    elif args.layout == 'expw':
        state = synthetic.write_expw(root, **common)
    elif args.layout in FER2013:
        given = dict(common, layout=FER2013[args.layout], valid=args.valid)
        state = synthetic.write_fer2013(root, test=args.test, **given)
    elif args.layout == 'ferplus':
        state = synthetic.write_ferplus(root, test=args.test, **others)
    else:
        release = AFFECTNET[args.layout]
        state = synthetic.write_affectnet(root, release=release, auto=args.auto, **others)
    print(f'{state}: {root}')
    if args.preview:
        options = dict(classes=classes, occlusion_share=args.occlusion_share)
        sheet = synthetic.preview_sheet(args.seed, size=max(args.size, 64), **options)
        write_image(args.preview, sheet)
        print(f'preview: {args.preview}')


if __name__ == '__main__':
    main()
