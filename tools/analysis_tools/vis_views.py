"""Draw what a model attends to in both views of some images.

Images come through the config's own two-view training pipeline. A model of one view loads into a
CLEX config, so that both can be shown on the same images::

    python tools/analysis_tools/vis_views.py CLEX_CONFIG CLEX.pth --out clex.png
    python tools/analysis_tools/vis_views.py CLEX_CONFIG CE.pth --out ce.png
"""

import argparse
import random

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmpretrain.registry import DATASETS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis.analysis import (
    build_network,
    errors_in_one_line,
    output_names,
    parse_picture,
    picture_parser,
    read_config,
    run_name,
)
from mmfer.apis.inference import load_weights
from mmfer.functional import align_maps, attention_consistency, class_activation_maps
from mmfer.visualization import ViewMaps, cam_sheet, save_figure


def parse_args() -> argparse.Namespace:
    config = 'a config with a two-view training pipeline'
    parser = picture_parser(__doc__.splitlines()[0], config, num=6)
    parser.add_argument('--split', choices=('train', 'val'), default='train')
    whose = 'whose map: the class predicted for view 1, or the given label'
    classes = ('predicted', 'given')
    parser.add_argument('--cam-of', choices=classes, default='predicted', help=whose)
    return parse_picture(parser)


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
def look(
    model,
    batch: dict,
    classes: tuple,
    cam_of: str,
    names: tuple | None = None,
    places: list[int] | None = None,
) -> list[ViewMaps]:
    """Both views through the model, one row of the sheet an image.

    Args:
        classes: of the labels.
        names: of the model's outputs, and the ``places`` of the classes among them; None: the same.
    """
    names = names or classes
    places = list(range(len(classes))) if places is None else places
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
        of = places[given] if cam_of == 'given' else int(predicted[i])
        if of < 0:
            raise SystemExit(
                f'--cam-of given: the network does not know {classes[given]!r}; it knows {names}'
            )
        rows.append(
            ViewMaps(
                images=pictures[i].cpu().numpy(),
                maps=torch.stack([first[i, of], second[i, of], aligned[i, of]]).cpu().numpy(),
                shown=shown[i, 0].cpu().numpy() > 0,
                clean=classes[int(sample.get('clean_label', given))],
                given=classes[given],
                predicted=names[int(predicted[i])],
                score=float(score[i]),
                cam_of=names[of],
                consistency=float(consistency[i]),
            )
        )
    return rows


def main() -> None:
    args = parse_args()
    cfg = read_config(args.config)
    batch, classes = choose_images(cfg, args.split, args.num, args.seed)
    model = build_network(cfg)
    saved = load_weights(model, args.checkpoint, cfg.model)
    with errors_in_one_line('vis_views'):
        names, places = output_names(model, saved, classes)
    rows = look(model, batch, classes, args.cam_of, names, places)
    title = f'{run_name(args.checkpoint)}: {args.split} images'
    print(save_figure(cam_sheet(rows, title), args.out, classes=classes))


if __name__ == '__main__':
    main()
