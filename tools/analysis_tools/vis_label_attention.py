"""Draw where each label query of a LabelQueryHead looks on some faces.

Pictures go through the config's test pipeline and preprocessor; what the maps are drawn over is
what the network was given::

    python tools/analysis_tools/vis_label_attention.py CONFIG epoch_100.pth --out attention.png
    python tools/analysis_tools/vis_label_attention.py CONFIG epoch_100.pth a.jpg b.jpg \\
        --out attention.png --block 0
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, default_collate
from mmpretrain.registry import DATASETS, TRANSFORMS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis import analysis
from mmfer.apis.inference import innermost, load_weights
from mmfer.visualization import QueryMaps, attention_sheet, save_figure


def parse_args() -> argparse.Namespace:
    parser = analysis.picture_parser(__doc__.splitlines()[0], 'a config of a LabelQueryHead', num=6)
    parser.add_argument(
        'images', nargs='*', type=Path, help='picture files; default: images of the data set'
    )
    parser.add_argument('--split', choices=('train', 'test'), default='test', help='which data set')
    parser.add_argument('--indices', type=int, nargs='+', help='its images; default: by chance')
    parser.add_argument(
        '--block', type=int, default=-1, help='of the decoder, counted from 0; default: the last'
    )
    args = analysis.parse_picture(parser)
    if args.images and args.indices:
        parser.error('give either picture files or --indices')
    return args


def choose(cfg: Config, args: argparse.Namespace) -> tuple[dict, tuple]:
    """A batch, and the class names."""
    settings = innermost(cfg[f'{args.split}_dataloader'].dataset)
    settings.pipeline = innermost(cfg.test_dataloader.dataset).pipeline
    settings.pop('candidates', None)  # their file is not needed for this
    if args.images:
        # the settings alone know the classes; the images need not be there
        dataset = DATASETS.build(dict(settings, pipeline=[], lazy_init=True))
        pipeline = Compose([TRANSFORMS.build(step) for step in settings.pipeline])
        items = [pipeline(dict(img_path=str(path))) for path in args.images]
        return default_collate(items), dataset.CLASSES
    dataset = DATASETS.build(settings)
    chosen = args.indices
    if chosen is None:
        # Not the stream that drew labels by the same seed.
        chosen = np.random.default_rng([args.seed, 3]).permutation(len(dataset))[: args.num]
    for index in chosen:
        if not 0 <= index < len(dataset):
            raise SystemExit(
                f'--indices {index}: the {args.split} set has images 0 to {len(dataset) - 1}'
            )
    return default_collate([dataset[int(i)] for i in chosen]), dataset.CLASSES


def seen_by(preprocessor, inputs: torch.Tensor) -> np.ndarray:
    """What the network is given, (N, H, W, 3) uint8 RGB."""
    images = inputs
    if preprocessor._enable_normalize:
        images = images * preprocessor.std + preprocessor.mean
    if not preprocessor.to_rgb:  # it is given BGR
        images = images.flip(1)
    return images.round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


def grid_of(places: int, feat: torch.Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a feature map, or of a ViT's patches."""
    if feat.dim() == 4:
        return tuple(feat.shape[2:])
    rows = round((places * size[0] / size[1]) ** 0.5)
    if rows * (places // rows) != places:
        raise SystemExit(
            f'{places} tokens are no grid on a picture of {size[0]} x {size[1]} '
            "pixels; does the head's class_token fit the backbone's with_cls_token?"
        )
    return rows, places // rows


@torch.no_grad()
def look(model, batch: dict, block: int, places: list[int] | None = None) -> list[QueryMaps]:
    """One row of the sheet an image; ``places``: the query of each class of the labels, -1 where
    there is none."""
    data = model.data_preprocessor(batch)
    inputs, samples = data['inputs'], data['data_samples']
    feats = model.extract_feat(inputs)
    blocks = len(model.head.blocks)
    if not -blocks <= block < blocks:
        raise SystemExit(f'--block {block}: the decoder has {blocks}, 0 to {blocks - 1}')
    scores = model.head(feats).softmax(dim=1).cpu().numpy()
    attention = model.head.attention(feats, block)
    if model.head.class_token == 'kept':  # it is nowhere on the face
        attention = attention[..., 1:]
    grid = grid_of(attention.size(2), feats[-1], inputs.shape[2:])
    maps = attention.unflatten(2, grid).cpu().numpy()
    given = [int(sample.gt_label) if 'gt_label' in sample else None for sample in samples]
    if places is not None:
        given = [None if i is None or places[i] < 0 else places[i] for i in given]
    return [
        QueryMaps(
            image,
            maps[i],
            scores[i],
            given[i],
            Path(samples[i].get('img_path', '')).name,
        )
        for i, image in enumerate(seen_by(model.data_preprocessor, inputs))
    ]


def main() -> None:
    args = parse_args()
    cfg = analysis.read_config(args.config)
    model = analysis.build_network(cfg)
    if not hasattr(model.head, 'attention'):
        raise SystemExit(
            f'{args.config}: a {type(model.head).__name__} has no label queries; give a config of '
            'a LabelQueryHead'
        )
    with analysis.errors_in_one_line('vis_label_attention'):
        saved = load_weights(model, args.checkpoint, cfg.model)
    batch, classes = choose(cfg, args)
    with analysis.errors_in_one_line('vis_label_attention'):
        names, places = analysis.output_names(model, saved, classes)
    rows = look(model, batch, args.block, places)
    blocks = len(model.head.blocks)
    title = (
        f'{analysis.run_name(args.checkpoint)}: attention of each label query, block '
        f'{range(blocks)[args.block] + 1} of {blocks}'
    )
    print(save_figure(attention_sheet(rows, names, title), args.out))


if __name__ == '__main__':
    main()
