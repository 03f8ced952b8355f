r"""Throughput of masked-HOG pre-training, and of HOG alone, in pairs.

Both sides of a pair run one after the other in this process, in turns, so that what else the
machine does meets both; the ratio of each pair is what counts.

- A training step (forward, backward, AdamW) of MaskFeatMAE, whose encoder sees the visible patches
  only, against MMPretrain's MaskFeat with its HOGGenerator: the same ViT, 224 px, patches of 16,
  the same ratio.
- HOG of a batch against HOGGenerator's, and against scikit-image's over three channels, image by
  image (its own way; on a CPU with one thread).

Example, for one thread of a CPU::

    python tools/dev/benchmark_pretraining.py --threads 1 --vit t --batch-size 16
"""

import argparse
import copy
import statistics
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.models.selfsup import HOGGenerator
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

import mmfer
import mmfer.models  # noqa: F401  registers
from mmfer.functional import hog, hog_patches
from mmfer.models.selfsup import draw_masks
from mmfer.utils.timing import describe_device, quartiles, times_in_turns

CONFIGS = Path(__file__).parents[2] / 'configs/pretrain'
SIZE, GRID = 224, (14, 14)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--vit', choices=('t', 's', 'b'), default='b')
    parser.add_argument('--batch-size', type=int, default=64)
    parser.add_argument('--ratios', type=float, nargs='+', default=[0.4, 0.85])
    parser.add_argument('--pairs', type=int, default=20)
    parser.add_argument('--hog-pairs', type=int, default=20)
    parser.add_argument('--warmup', type=int, default=2, help='pairs')
    parser.add_argument('--threads', type=int, help='CPU threads')
    parser.add_argument('--amp', choices=['fp16', 'bf16'])
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    return parser.parse_args()


class Step:
    """A training step of a model on one batch."""

    def __init__(self, model: dict, args: argparse.Namespace, ratio: float, masks_from_data: bool):
        torch.manual_seed(0)
        self.device = torch.device(args.device)
        self.model = MODELS.build(model).to(self.device).train()
        self.optimiser = torch.optim.AdamW(
            [p for p in self.model.parameters() if p.requires_grad], lr=1e-4
        )
        self.images = torch.randint(0, 256, (args.batch_size, 3, SIZE, SIZE)).to(self.device)
        self.images = (self.images.float() - 116) / 57
        self.dtype = dict(fp16=torch.float16, bf16=torch.bfloat16).get(args.amp)
        self.samples = None
        if masks_from_data:  # drawn by the host's data loader, so not timed
            self.samples = []
            for mask in draw_masks(args.batch_size, GRID, ratio, device=self.device).mask:
                sample = DataSample()
                sample.set_mask(mask.view(*GRID).int())
                self.samples.append(sample)

    def __call__(self) -> None:
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not None):
            loss = self.model.loss(self.images, self.samples)['loss']
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def steps(args: argparse.Namespace, ratio: float) -> dict:
    """Ours and the host's."""
    cfg = Config.fromfile(CONFIGS / f'maskfeat-mae_vit-{args.vit}_fer_600e.py')
    init_default_scope(cfg.default_scope)
    ours = copy.deepcopy(cfg.model)
    ours.backbone.mask_ratio = ratio
    arch = cfg.model.backbone.arch
    host = dict(
        type='MaskFeat',
        backbone=dict(type='MaskFeatViT', arch=arch, patch_size=16),
        neck=dict(
            type='LinearNeck', in_channels=arch['embed_dims'], out_channels=108, norm_cfg=None
        ),
        head=dict(type='MIMHead', loss=dict(type='PixelReconstructionLoss', criterion='L2')),
        target_generator=dict(type='HOGGenerator', nbins=9, pool=8, gaussian_window=0),
    )
    return dict(MaskFeatMAE=Step(ours, args, ratio, False), MaskFeat=Step(host, args, ratio, True))


def hogs(args: argparse.Namespace) -> list[dict]:
    """Pairs of functions on one batch."""
    images = torch.randint(0, 256, (args.batch_size, 3, SIZE, SIZE)).float().to(args.device)
    host = HOGGenerator(gaussian_window=0).to(args.device)
    pairs = [dict(hog=lambda: hog_patches(hog(images)), HOGGenerator=lambda: host(images))]
    try:
        from skimage.feature import hog as scikit
    except ImportError:
        print('scikit-image is not installed: left out')
        return pairs
    arrays = images.cpu().numpy()

    def by_scikit():
        for image in arrays:
            for channel in image:
                scikit(
                    channel,
                    orientations=9,
                    pixels_per_cell=(8, 8),
                    cells_per_block=(1, 1),
                    block_norm='L2',
                    feature_vector=False,
                )

    return pairs + [{'hog': lambda: hog(images), 'scikit-image': by_scikit}]


def compare(functions: dict, args: argparse.Namespace, pairs: int, title: str) -> None:
    """Time both in turns and print the ratio of the second to the first."""
    times = times_in_turns(functions, pairs, args.warmup, args.device, title)
    ours, theirs = times
    median, low, high = quartiles([b / a for a, b in zip(times[ours], times[theirs])])
    speeds = ', '.join(
        f'{name} {args.batch_size / statistics.median(times[name]):.1f}' for name in times
    )
    print(
        f'{title}: images a second: {speeds}; {ours} is {median:.2f} times as fast (quartiles '
        f'{low:.2f} to {high:.2f}, {pairs} pairs)',
        flush=True,
    )


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    print(
        f'mmfer {mmfer.__version__}, torch {torch.__version__}, {describe_device(args.device)}, '
        f'{SIZE} px, batch {args.batch_size}, {args.amp or "fp32"}',
        flush=True,
    )
    for functions in hogs(args):
        compare(functions, args, args.hog_pairs, 'HOG')
    for ratio in args.ratios:
        compare(steps(args, ratio), args, args.pairs, f'ViT-{args.vit.upper()}, ratio {ratio}')


if __name__ == '__main__':
    main()
