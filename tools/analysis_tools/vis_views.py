"""Draw what a model attends to in both views of some images.

Images come through the config's own two-view training pipeline. A model of one view loads into a
CLEX config, so that both can be shown on the same images::

    python tools/analysis_tools/vis_views.py CLEX_CONFIG CLEX.pth --out clex.png
    python tools/analysis_tools/vis_views.py CLEX_CONFIG CE.pth --out ce.png
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS, MODELS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.functional import align_maps, attention_consistency, class_activation_maps
from mmfer.visualization import ViewMaps, cam_sheet, save_figure


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a config with a two-view training pipeline')
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--out', type=Path, required=True, help='the picture')
    parser.add_argument('--num', type=int, default=6, help='number of images')
    parser.add_argument(
        '--seed', type=int, default=0, help='chooses the images and their augmentation'
    )
    parser.add_argument('--split', choices=('train', 'val'), default='train')
    parser.add_argument(
        '--cam-of',
        choices=('predicted', 'given'),
        default='predicted',
        help='whose map: the class predicted for view 1, or the given label',
    )
    args = parser.parse_args()
    if not args.checkpoint.is_file():
        parser.error(f'{args.checkpoint}: no such file')
    if args.num < 1:
        parser.error(f'--num {args.num}: at least 1 image is needed')
    return args


def choose_images(cfg: Config, split: str, num: int, seed: int) -> tuple[dict, tuple]:
    """A batch of both views of some images, and the class names."""
    dataset_cfg = cfg[f'{split}_dataloader'].dataset
    dataset_cfg.pipeline = cfg.train_dataloader.dataset.pipeline
    dataset = DATASETS.build(dataset_cfg)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    # Another generator than the label noise's: from one seed, its permutation would choose the very
    # images whose labels were changed.
    chosen = np.random.default_rng(seed).permutation(len(dataset))[:num]
    batch = default_collate([dataset[int(i)] for i in chosen])
    if not isinstance(batch['inputs'], (list, tuple)) or len(batch['inputs']) != 2:
        raise SystemExit(
            f'{cfg.filename}: its training pipeline does not make two views; give a config of CLEX '
            '(the weights of a one-view model load there)'
        )
    return batch, dataset.metainfo['classes']


@torch.no_grad()
def look(model, batch: dict, classes: tuple, cam_of: str) -> list[ViewMaps]:
    """Both views through the model, one row of the sheet an image."""
    data = model.data_preprocessor(batch)
    views = model.extract_views(data['inputs'], data['geometry'])
    if views[1].geometry is None:
        raise SystemExit(
            'the pipeline does not say how the views lie to each other; name view_matrix in the '
            'algorithm_keys of PackInputs'
        )
    weight = model.head.fc.weight
    first, second = (class_activation_maps(view.feat, weight) for view in views)
    geometry = views[1].geometry
    aligned, shown = align_maps(second, geometry.mirrored, geometry.theta)
    consistency = attention_consistency(first, aligned, shown)
    score, predicted = views[0].logits.softmax(dim=1).max(dim=1)
    # uint8 BGR (V, N, 3, H, W) to RGB (N, V, H, W, 3)
    pictures = torch.stack(list(batch['inputs'])).flip(2).permute(1, 0, 3, 4, 2)
    rows = []
    for i, sample in enumerate(batch['data_samples']):
        given = int(sample.gt_label)
        shown_class = given if cam_of == 'given' else int(predicted[i])
        rows.append(
            ViewMaps(
                images=pictures[i].cpu().numpy(),
                maps=torch.stack([m[i, shown_class] for m in (first, second, aligned)])
                .cpu()
                .numpy(),
                shown=shown[i, 0].cpu().numpy() > 0,
                clean=classes[int(sample.get('clean_label', given))],
                given=classes[given],
                predicted=classes[int(predicted[i])],
                score=float(score[i]),
                cam_of=classes[shown_class],
                consistency=float(consistency[i]),
            )
        )
    return rows


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    batch, classes = choose_images(cfg, args.split, args.num, args.seed)
    cfg.model.backbone.pop('init_cfg', None)  # the checkpoint holds all weights
    model = MODELS.build(cfg.model)
    load_checkpoint(model, str(args.checkpoint), map_location='cpu')
    model.to('cuda' if torch.cuda.is_available() else 'cpu').eval()
    rows = look(model, batch, classes, args.cam_of)
    checkpoint = args.checkpoint.resolve()
    title = f'{checkpoint.parent.name}, {checkpoint.stem}: {args.split} images'
    print(save_figure(cam_sheet(rows, title), args.out))


if __name__ == '__main__':
    main()
