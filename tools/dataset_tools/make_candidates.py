r"""Write candidate labels of a config's training set to a file.

Classifiers are trained on the folds of the training set, by the config's model, pipeline and
schedule, without any other data; each image is judged by the one that did not see it. Images that
are ambiguous get the k classes that it finds likeliest, the others their given label alone. The
file, a table image,label,candidates (mmfer/lists/image_table.py), is used by
candidates=dict(kind='file', path=...).

Example::

    python tools/dataset_tools/make_candidates.py configs/ce/ce_r18_rafdb.py \
        --epochs 20 --out candidates/rafdb_k2.txt

Beside the file: .png, a picture of the sets; .scores.csv, the logits of each image, as
candidates=dict(kind='topk', path=..., k=...) takes them; .folds, the folds and their models. A run
that was stopped goes on when it is started again; other --ambiguity, --k or --given with the same
--folds-dir need no further training.

Ambiguous, by --ambiguity (threshold: --threshold, given for each):
  gaave         an attack changes the prediction: of 5 predictions, at the start and after each of
                4 steps (--steps T), at most 4 (T) are the given label. The radius is not published;
                8 of 255 grey levels, usual for robust networks, moves every image of a network that
                was trained as usual
  margin        the likeliest class is less than .5 ahead of the second
  disagreement  the likeliest class is not the given label
  votes         the entropy of the annotators' votes is above .3 of its largest value
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmpretrain.registry import DATASETS
from rich.progress import track

import mmfer
from mmfer.apis import analysis
from mmfer.apis.inference import load_weights
from mmfer.datasets.folds import read_folds
from mmfer.engine.config import settle_batch
from mmfer.engine.cross_training import check_unseen, train_fold
from mmfer.functional import (
    GIVEN,
    attack,
    candidate_score,
    membership,
    prediction_margin,
    stratified_folds,
    topk_candidates,
    vote_ambiguity,
)
from mmfer.lists.candidate_sets import read_candidates, size_counts, write_candidates
from mmfer.lists.class_scores import write_scores
from mmfer.lists.image_table import Images, write_image_table
from mmfer.utils.hashing import content_digest, content_groups
from mmfer.visualization import candidate_panels, save_figure

THRESHOLDS = dict(gaave=None, margin=0.5, disagreement=None, votes=0.3)  # gaave: the steps
JUDGES = 'each image is judged by a model that did not see it, so at least 2 are needed'
UNTOLD = 'does not say what it was trained on: that it did not see its fold is taken on trust'
UNLEARNT = (
    'holds the clean label: these classes cannot be learnt from the sets. --given added or kept '
    'has it in them where it is the given one; better classifiers find it'
)


def parse_args() -> argparse.Namespace:
    parser = analysis.label_parser(
        __doc__,
        'its training set, model, pipelines and schedule are taken; the model learns from the '
        'given labels, as those of configs/ce do (of configs/pll: with --cfg-options '
        'model.head.learn_from=label model.head.confidence=None)',
    )
    add = parser.add_argument
    add('--folds', type=int, default=2, help='models to train; default: 2')
    add('--epochs', type=int, help="default: the config's")
    trained = 'instead of training: one a fold, trained without it (by an earlier run)'
    add('--checkpoint', nargs='+', type=Path, metavar='PATH', help=trained)
    add('--folds-dir', type=Path, help='folds and their models; default: OUT with .folds')
    add('--ambiguity', choices=tuple(THRESHOLDS), default='gaave')
    add('--threshold', type=float, help='see above')
    add('--steps', type=int, default=4, help='gaave: T')
    levels = 'grey levels of 255; default:'
    add('--eps', type=float, default=0.25, help=f'gaave: radius, {levels} .25')
    add('--alpha', type=float, help=f'gaave: step, {levels} eps / T')
    add('--k', type=int, default=2, help='classes an ambiguous image gets')
    given = (
        'given label of an ambiguous image: kept, in the place of the k-th prediction; added to '
        'them; not_added, as the paper says it (default)'
    )
    add('--given', choices=GIVEN, default='not_added', help=given)
    args = analysis.parse_labels(parser)
    if args.checkpoint:
        args.folds = len(args.checkpoint)
    if args.folds < 2:
        parser.error(f'{args.folds} fold: {JUDGES}')
    if args.epochs is not None and (args.epochs < 1 or args.checkpoint):
        parser.error('--epochs is at least 1, and nothing is trained with --checkpoint')
    if args.alpha is None:
        args.alpha = args.eps / max(args.steps, 1)  # the last step reaches the radius
    if args.steps < 1 or args.eps <= 0 or args.alpha <= 0:
        parser.error('--steps is at least 1, --eps and --alpha above 0')
    if args.ambiguity == 'disagreement' and args.threshold is not None:
        parser.error('--ambiguity disagreement has no --threshold')
    if args.threshold is None:
        args.threshold = args.steps if args.ambiguity == 'gaave' else THRESHOLDS[args.ambiguity]
    top = args.steps if args.ambiguity == 'gaave' else 1
    if not 0 <= (args.threshold or 0) <= top:
        parser.error(f'--threshold {args.threshold}: allowed are 0 to {top}')
    args.folds_dir = args.folds_dir or Path(f'{args.stem}.folds')
    return args


def training_set(cfg: Config, **changes) -> dict:
    """The config's training set, its label noise included: the given labels."""
    return analysis.without(cfg.train_dataloader.dataset, 'candidates', 'on_error', **changes)


def settle_folds(args, images: Images, records: list[dict], labels: np.ndarray) -> np.ndarray:
    """The fold of each image, as it stands in folds.csv; written where it is not there yet.

    Copies of an image share a fold, or a model would judge what it saw."""
    paths = [record['img_path'] for record in records]
    groups = content_groups(paths, lambda items: track(items, 'looking for copies of images'))
    folds = stratified_folds(labels, args.folds, args.seed, groups)
    path = args.folds_dir / 'folds.csv'
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = dict(scheme='stratified folds', folds=args.folds, seed=args.seed)
        write_image_table(str(path), images.names, dict(fold=folds), made)
    elif not np.array_equal(read_folds(str(path), images), folds):
        raise ValueError(
            f'{path} has other folds than --folds {args.folds} --seed {args.seed} give; take '
            'those, another --folds-dir, or delete it'
        )
    return folds


def judge(args, cfg: Config, checkpoint: Path, dataset, indices: np.ndarray) -> tuple:
    """(n, K) logits, and (n,) kappa or None, of the images of a fold."""
    model = analysis.build_network(cfg).requires_grad_(False)
    analysis.check_same_classes(model, load_weights(model, checkpoint), dataset.CLASSES)
    prepare, device = model.data_preprocessor, get_device()
    # The attack is in grey levels; the network's input may be normalised.
    mean, std = torch.zeros(1, device=device), torch.ones(1, device=device)
    if getattr(prepare, '_enable_normalize', False):
        mean, std = prepare.mean, prepare.std
    steps = args.steps if args.ambiguity == 'gaave' else 0
    reach = args.alpha / std, args.eps / std, -mean / std, (255 - mean) / std
    logits, kappa = [], []
    fold = dataset.get_subset(indices.tolist())
    for batch in analysis.batches(cfg, fold, f'judging {len(indices)} images'):
        batch = prepare(batch, training=False)
        labels = torch.cat([s.gt_label for s in batch['data_samples']]).to(device)
        found = attack(lambda x: model(x, mode='tensor'), batch['inputs'], labels, steps, *reach)
        logits.append(found.logits.cpu())
        kappa.append(found.kappa.cpu())
    return torch.cat(logits).numpy(), torch.cat(kappa).numpy()


def find_ambiguous(
    args, logits: np.ndarray, kappa: np.ndarray, labels: np.ndarray, records: list
) -> np.ndarray:
    """(N,) bool."""
    if args.ambiguity == 'gaave':
        return kappa <= args.threshold
    if args.ambiguity == 'margin':
        return prediction_margin(logits) < args.threshold
    if args.ambiguity == 'disagreement':
        return logits.argmax(axis=1) != labels
    return vote_ambiguity(np.stack([r['votes'] for r in records])) > args.threshold


def show(sets: np.ndarray, ambiguous: np.ndarray, clean: np.ndarray, classes) -> None:
    """The table, and which classes no set can teach."""
    sizes = sorted(map(int, size_counts(sets)))
    count, covered = sets.sum(axis=1), sets[np.arange(len(sets)), clean]

    def row(name: str, of: np.ndarray) -> list[str]:
        parts = [ambiguous[of], *(count[of] == size for size in sizes)]
        parts += [covered[of], covered[of & ambiguous]]
        shares = (f'{100 * part.mean():.2f}' if part.size else '-' for part in parts)
        return [name, str(of.sum()), *shares]

    head = ['class', 'images', 'ambiguous', *map(str, sizes), 'covered', 'of amb.']
    rows = [row(name, clean == i) for i, name in enumerate(classes)]
    whole = row('all', np.ones(len(clean), dtype=bool))
    analysis.print_table(
        head, [rows, [whole]], 'candidate sets by the clean label (% of the class)'
    )
    print('sets with so many members; with the clean label in them, of all and of the ambiguous')
    there = [i for i in range(len(classes)) if (clean == i).any()]
    if lost := [classes[i] for i in there if not covered[clean == i].any()]:
        print(f'no set of an image of {lost} {UNLEARNT}')


def main() -> None:
    args = parse_args()
    with analysis.errors_in_one_line('make_candidates'):
        make(args)


def make(args: argparse.Namespace) -> None:
    """Train, judge, write, read back, show."""
    cfg = analysis.read_config(args.config, args.cfg_options)
    settle_batch(cfg, args.cfg_options)
    dataset = DATASETS.build(training_set(cfg, pipeline=cfg.val_dataloader.dataset.pipeline))
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    images = dataset.images_of(records)
    labels, clean = (np.array([r[key] for r in records]) for key in ('gt_label', 'clean_label'))
    # What cannot be is told now, not after the training.
    topk_candidates(np.zeros((1, len(dataset.CLASSES))), args.k, [0], args.given)
    if args.ambiguity == 'votes' and any(r.get('votes') is None for r in records):
        raise ValueError('--ambiguity votes: the data set has no votes')
    folds = settle_folds(args, images, records, labels)

    # All are trained before the first judges, so that a run that goes on judges once.
    data, table, folder = training_set(cfg), args.folds_dir / 'folds.csv', args.folds_dir
    checkpoints = args.checkpoint or [
        train_fold(cfg, data, table, fold, folder / f'fold_{fold}', args.epochs)
        for fold in range(args.folds)
    ]
    unseen = [
        check_unseen(path, dataset, np.flatnonzero(folds != fold))
        for fold, path in enumerate(checkpoints)
    ]
    logits = np.empty((len(records), len(dataset.CLASSES)))
    kappa = np.empty(len(records), dtype=np.int64)
    models = []
    for fold, path in enumerate(checkpoints):
        if not unseen[fold]:
            print(f'{path} {UNTOLD}')
        own = np.flatnonzero(folds == fold)
        logits[own], kappa[own] = judge(args, cfg, path, dataset, own)
        model = dict(fold=fold, images=len(own), checkpoint=path.name, unseen=unseen[fold])
        model.update(sha256=content_digest(path).hex())
        if not args.checkpoint:
            settings = path.with_name('settings.json')
            model.update(settings_sha256=content_digest(settings).hex())
        models.append(model)

    ambiguous = find_ambiguous(args, logits, kappa, labels, records)
    sets = topk_candidates(logits, args.k, labels, args.given, ambiguous)
    said = dict(scheme='cross-trained top-k', k=args.k, given=args.given)
    said.update(ambiguity=args.ambiguity, threshold=args.threshold)
    if args.ambiguity == 'gaave':
        kept = np.bincount(kappa, minlength=args.steps + 2).tolist()
        said.update(steps=args.steps, eps=args.eps, alpha=args.alpha, kappa=kept)
    told = ('dataset', 'split', 'noise', 'list_sha256')
    made = dict(  # of both files
        folds=args.folds,
        seed=args.seed,
        epochs=None if args.checkpoint else args.epochs or cfg.train_cfg.max_epochs,
        config=Path(args.config).name,
        cfg_options=args.cfg_options,
        models=models,
        **{k: v for k, v in dataset.fingerprint.items() if k in told},
        mmfer=mmfer.__version__,
    )
    said.update(ambiguous=int(ambiguous.sum()), **made)
    write(args.out, images, sets, labels, clean, said, args.folds_dir)
    scores, picture = (Path(f'{args.stem}{ending}') for ending in ('.scores.csv', '.png'))
    scores.unlink(missing_ok=True)
    write_scores(str(scores), images, logits, labels, made)
    show(sets, ambiguous, clean, dataset.CLASSES)
    save_figure(candidate_panels(sets, clean, dataset.CLASSES, args.out.name), picture)
    accuracy = 100 * (logits.argmax(axis=1) == clean).mean()
    covered = 100 * np.nanmean(np.diag(membership(sets, clean)))
    print(
        f'{int(ambiguous.sum())} of {len(records)} images are ambiguous by {args.ambiguity}; the '
        f'models are right on {accuracy:.2f} % of what they did not see; mean coverage of the '
        f'classes {covered:.2f} %; reads back equal\n{args.out}\n{scores}\n{picture}'
    )


def write(path: Path, images: Images, sets, labels, clean, said: dict, folds: Path) -> None:
    """Write the file unless other sets are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    score = candidate_score(sets).astype(np.float32)
    try:
        write_candidates(str(path), images, score, labels, said, clean)
    except FileExistsError as error:
        trained = f'with --folds-dir {folds} another --out needs no further training'
        raise ValueError(f'{error}; {trained}') from error
    analysis.check_reads_back(path, lambda: read_candidates(str(path), images, labels), score)


if __name__ == '__main__':
    main()
