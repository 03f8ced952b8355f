r"""Write the noisy labels of a config's training set to a file.

The file is a table image,label,changed (mmfer/lists/image_table.py) below lines that name scheme,
rate, seed, classes, the transition matrix that came out and a sha256 of the rows; beside it, a
picture of the matrix. It is used by noise=dict(kind='file', path=...). The published codes of EAC,
SCN and ReSup read a list `name id` instead:

    grep -v '^#' FILE | tail -n +2 | cut -d, -f1,2 | tr , ' '

Example::

    python tools/dataset_tools/make_noise.py configs/clex/clex_r18_rafdb.py \
        --kind asymmetric --rate .3 --seed 1 --out noise/asymmetric30_1.txt

Noise that depends on the images, from a trained model's scores::

    python tools/dataset_tools/make_noise.py configs/ce/ce_r18_rafdb.py \
        --kind instance --rate .3 --checkpoint epoch_60.pth --out noise/i30.txt
"""

import argparse
import hashlib
from functools import partial
from pathlib import Path

import numpy as np
import torch
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS
from rich.progress import track

import mmfer
from mmfer.apis import analysis
from mmfer.datasets.label_noise import class_targets, projection_scores, synthetic_noise
from mmfer.functional.noise import transition_noise
from mmfer.lists.label_lists import read_noise, write_noise
from mmfer.visualization import confusion_counts, save_figure, transition_panel
from mmfer.weights.classes import told_classes

KINDS = ('symmetric', 'symmetric_inclusive', 'asymmetric', 'pair', 'instance')


def parse_args() -> argparse.Namespace:
    parser = analysis.label_parser(__doc__, 'its training set is taken')
    add = parser.add_argument
    add('--kind', choices=KINDS, required=True)
    add('--rate', type=float, help='share of labels, 0 to 1')
    into = "asymmetric: what turns into what; default: LA-Net's FER confusions"
    add('--class-map', nargs='+', metavar='CLASS=CLASS', help=into)
    rates = 'asymmetric, instead of a rate: K x K probabilities, .npy or text with a row a class'
    add('--matrix', type=Path, help=rates)
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--scores', type=Path, help='instance: (N, K) logits, .npy')
    source.add_argument('--checkpoint', help="instance: of the config's model")
    fixed = 'instance: a fixed random projection of the images'
    source.add_argument('--projection', type=int, metavar='SEED', help=fixed)
    even = 'instance: scores are divided by it; above 1 evens out'
    add('--temperature', type=float, default=1.0, help=even)
    args = analysis.parse_labels(parser)
    given = [args.scores, args.checkpoint, args.projection]
    if (args.kind == 'instance') != any(g is not None for g in given):
        parser.error(
            '--kind instance, and no other, takes one of --scores, --checkpoint, --projection'
        )
    if args.kind != 'asymmetric' and (args.class_map or args.matrix):
        parser.error('--class-map and --matrix are for --kind asymmetric')
    if args.matrix and args.class_map:
        parser.error('--matrix and --class-map exclude each other')
    if (args.rate is None) != bool(args.matrix):
        parser.error('give --rate, or --matrix, which holds the rates')
    if wrong := [pair for pair in args.class_map or () if pair.count('=') != 1]:
        parser.error(f'--class-map {wrong[0]!r} is not CLASS=CLASS')
    if args.temperature <= 0:
        parser.error(f'--temperature {args.temperature} has to be above 0')
    return args


def read_matrix(path: Path, num_classes: int) -> np.ndarray:
    """(K, K) transition probabilities of a file; ValueError where it holds none."""
    try:
        if path.suffix == '.npy':
            matrix = np.load(path)
        else:
            commas = ',' in path.read_text(encoding='utf-8-sig')
            matrix = np.loadtxt(path, delimiter=',' if commas else None, encoding='utf-8-sig')
        transition_noise([0], num_classes, matrix, seed=0)
    except FileNotFoundError:
        raise
    except Exception as error:  # numpy raises all kinds on damaged files
        why = ' '.join(str(error).split())[:200] or type(error).__name__
        raise ValueError(
            f'{path}: is no matrix of {num_classes} x {num_classes} probabilities ({why}); write '
            'one with numpy.savetxt, or numpy.save for .npy'
        ) from None
    return np.asarray(matrix, dtype=np.float64)


def noise_arguments(args, cfg, dataset, records) -> tuple:
    """What the noise function takes, and what the file's header says."""
    classes = dataset.CLASSES
    if args.matrix:
        matrix = read_matrix(args.matrix, len(classes))
        return dict(matrix=matrix), dict(matrix=matrix.tolist())
    numbers = said = dict(rate=args.rate)
    if args.kind == 'asymmetric':
        given = args.class_map and dict(pair.split('=') for pair in args.class_map)
        targets = class_targets(given, classes)
        names = {classes[i]: classes[t] for i, t in enumerate(targets) if t >= 0}
        numbers = said = dict(numbers, class_map=names)
    if args.kind == 'instance':
        scores, source = image_scores(args, cfg, dataset, records)
        numbers = dict(numbers, scores=scores / args.temperature)
        said = dict(numbers, scores=source, temperature=args.temperature)
    return numbers, said


def image_scores(args, cfg, dataset, records) -> tuple:
    """(N, K) logits of the training images, and where they come from."""
    paths = [record['img_path'] for record in records]
    if args.scores:
        digest = hashlib.sha256(args.scores.read_bytes()).hexdigest()
        return np.load(args.scores), f'{args.scores.name}, sha256 {digest}'
    if args.projection is not None:
        count, seed = len(dataset.CLASSES), args.projection
        watch = partial(track, description='projecting the images')
        scores = projection_scores(paths, count, seed, watch)
        return scores, f'random projection, seed {args.projection}'
    digest = hashlib.sha256(Path(args.checkpoint).read_bytes()).hexdigest()
    return model_scores(
        args, cfg, dataset.CLASSES
    ), f'{Path(args.checkpoint).name}, sha256 {digest}'


@torch.no_grad()
def model_scores(args, cfg, classes) -> np.ndarray:
    """Logits of the config's model on the training images, as for a test."""
    model = analysis.build_network(cfg)
    loaded = load_checkpoint(model, args.checkpoint, map_location='cpu', strict=True)
    analysis.check_same_classes(model, dict(classes=told_classes(loaded)), classes)
    data = training_set(cfg, pipeline=cfg.val_dataloader.dataset.pipeline)
    logits = []
    for batch in analysis.batches(cfg, data, 'the model judges the images'):
        batch = model.data_preprocessor(batch, training=False)
        logits.append(model(batch['inputs'], mode='tensor').float().cpu())
    return torch.cat(logits).numpy()


def training_set(cfg, **changes) -> dict:
    """The config's training set, without noise."""
    return analysis.without(
        cfg.train_dataloader.dataset, 'noise', 'candidates', 'on_error', **changes
    )


def main() -> None:
    args = parse_args()
    with analysis.errors_in_one_line('make_noise'):
        make(args)


def make(args: argparse.Namespace) -> None:
    """Draw the noise, write it, read it back, show it."""
    cfg = analysis.read_config(args.config, args.cfg_options)
    dataset = DATASETS.build(training_set(cfg, pipeline=[], lazy_init=True))
    records = dataset.records()
    images = dataset.images_of(records)
    clean = np.array([record['gt_label'] for record in records])
    numbers, said = noise_arguments(args, cfg, dataset, records)
    noisy = synthetic_noise(args.kind, dict(numbers, seed=args.seed), clean, dataset.CLASSES)

    args.out.parent.mkdir(parents=True, exist_ok=True)
    made = dict(
        scheme=args.kind,
        seed=args.seed,
        dataset=dataset.METAINFO['dataset'],
        split=dataset.split,
        mmfer=mmfer.__version__,
        **said,
    )
    header = write_noise(str(args.out), images, clean, noisy, made)
    analysis.check_reads_back(args.out, lambda: read_noise(str(args.out), images, clean), noisy)
    rows = [
        [name, *(f'{100 * share:.2f}' for share in shares)]
        for name, shares in zip(dataset.CLASSES, header['transition_matrix'])
    ]
    head, title = ['true class', *dataset.CLASSES], 'transition matrix (% of the class)'
    analysis.print_table(head, [rows], title)
    counts = confusion_counts(clean, noisy, len(dataset.CLASSES))
    figure = transition_panel(counts, dataset.CLASSES, args.out.name)
    picture = save_figure(figure, f'{args.stem}.png')
    print(
        f'{header["changed"]} of {header["images"]} labels changed '
        f'({100 * header["rate_changed"]:.2f} %); reads back equal\n'
        f'{args.out}\n{picture}'
    )


if __name__ == '__main__':
    main()
