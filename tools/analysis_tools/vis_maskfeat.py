"""Draw what a masked-HOG model predicts of the patches that it does not see.

Images come through the config's training pipeline; those given by --images are resized whole, which
shows what it makes of faces that it was not trained on::

    python tools/analysis_tools/vis_maskfeat.py CONFIG epoch_8.pth --out hog.png
    python tools/analysis_tools/vis_maskfeat.py CONFIG epoch_8.pth --out hog.png \\
        --images faces/*.png
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, default_collate
from mmpretrain.registry import DATASETS, TRANSFORMS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis import analysis
from mmfer.apis.inference import load_weights
from mmfer.functional import hog_from_patches
from mmfer.visualization import HOGRow, hog_sheet, save_figure


def parse_args() -> argparse.Namespace:
    config = 'a config of MaskFeatMAE or MaskFeatTokens'
    parser = analysis.picture_parser(__doc__.splitlines()[0], config, num=5)
    parser.set_defaults(num=None)
    parser.add_argument(
        '--images', type=Path, nargs='+', help='draw these, all unless --num says how many'
    )
    parser.add_argument('--mask-ratio', type=float, help="default: the config's")
    parser.add_argument('--masking', choices=('uniform', 'blocks'), help="default: the config's")
    args = analysis.parse_picture(parser)
    if args.num is None:
        args.num = len(args.images or range(5))
    return args


def choose(cfg: Config, args: argparse.Namespace, size: tuple) -> tuple[dict, list[str]]:
    """A batch, and the images' names."""
    if args.images:
        resize = dict(type='Resize', scale=size)
        steps = [dict(type='LoadImageFromFile'), resize, dict(type='PackInputs')]
        pipeline = Compose([TRANSFORMS.build(step) for step in steps])
        items = [pipeline(dict(img_path=str(path))) for path in args.images[: args.num]]
    else:
        dataset = DATASETS.build(cfg.train_dataloader.dataset)
        chosen = np.random.default_rng(args.seed).permutation(len(dataset))[: args.num]
        items = [dataset[int(i)] for i in chosen]
    return default_collate(items), [Path(item['data_samples'].img_path).name for item in items]


@torch.no_grad()
def look(model, batch: dict, names: list[str]) -> list[HOGRow]:
    """One row of the sheet an image."""
    # uint8 BGR (N, 3, H, W) to RGB (N, H, W, 3)
    pictures = batch['inputs'].flip(1).permute(0, 2, 3, 1).cpu().numpy()
    inputs = model.data_preprocessor(batch)['inputs']
    found = model.predict(inputs)
    target, grid = model.target_generator, model.backbone.patch_resolution
    mask = found.mask.bool()
    rows = []
    for i, name in enumerate(names):
        hidden = found.target[i][mask[i]]
        mean = found.target[i][~mask[i]].mean(dim=0)
        cells = [
            hog_from_patches(x[i : i + 1], grid, target.bins, target.patch, target.cell)[0].mean(0)
            for x in (found.target, found.predicted)
        ]
        rows.append(
            HOGRow(
                image=pictures[i],
                mask=mask[i].view(*grid).cpu().numpy(),
                target=cells[0].cpu().numpy(),
                predicted=cells[1].cpu().numpy(),
                error=float((found.predicted[i][mask[i]] - hidden).square().mean()),
                plain=float((mean - hidden).square().mean()),
                name=name,
            )
        )
    return rows


def main() -> None:
    args = parse_args()
    with analysis.errors_in_one_line('vis_maskfeat'):
        draw(args)


def draw(args: argparse.Namespace) -> None:
    """Load, predict, save the picture."""
    cfg = analysis.read_config(args.config)
    model = analysis.build_network(cfg)
    if not hasattr(getattr(model, 'target_generator', None), 'cell'):
        raise SystemExit(
            f'{args.config}: a {type(model).__name__} predicts no HOG; give a config of '
            'MaskFeatMAE or MaskFeatTokens'
        )
    masking = model if hasattr(model, 'mask_ratio') else model.backbone
    if args.mask_ratio is not None:
        masking.mask_ratio = args.mask_ratio
    masking.masking = args.masking or masking.masking
    load_weights(model, args.checkpoint)
    random.seed(args.seed)
    np.random.seed(args.seed)
    batch, names = choose(cfg, args, model.backbone.img_size)
    torch.manual_seed(args.seed)
    rows = look(model, batch, names)
    title = (
        f'{analysis.run_name(args.checkpoint)}: {masking.mask_ratio:.0%} masked ({masking.masking})'
    )
    print(save_figure(hog_sheet(rows, title), args.out))


if __name__ == '__main__':
    main()
