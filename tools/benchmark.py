"""Time a method's training step against the bare network, in pairs.

The bare step is what no two-view method can do without: forward of both views, backward of the mean
logit, optimiser. The full step adds the head's losses. Both run on the same model and tensors, one
after the other, so that what else the machine does meets both; the ratio of each pair is what
counts.

    python tools/benchmark.py configs/clex/clex_r18_rafdb.py
"""

import argparse
import statistics

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

import mmfer
from mmfer.functional import Progress
from mmfer.models import Geometry, Targets
from mmfer.utils.timing import describe_device, quartiles, times_in_turns


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a config of a MultiViewClassifier')
    parser.add_argument('--size', type=int, default=224, help='pixels')
    parser.add_argument('--batch-size', type=int, default=32)
    parser.add_argument('--pairs', type=int, default=30)
    parser.add_argument('--warmup', type=int, default=2, help='pairs')
    parser.add_argument('--threads', type=int, help='CPU threads')
    parser.add_argument('--amp', choices=['fp16', 'bf16'])
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


class Steps:
    """The two steps on one model and one batch."""

    def __init__(self, cfg: Config, args: argparse.Namespace):
        torch.manual_seed(0)
        self.device = torch.device(args.device)
        cfg.model.backbone.init_cfg = None  # the time does not depend on it
        self.model = MODELS.build(cfg.model).to(self.device).train()
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-4)
        shape = (args.batch_size, 3, args.size, args.size)
        image = torch.randn(shape, device=self.device)
        self.inputs = [image, image.flip(-1)]
        label = torch.arange(args.batch_size) % cfg.model.head.num_classes
        index = torch.arange(args.batch_size, device=self.device)
        self.targets = Targets(label.to(self.device), index=index)
        for module in self.model.modules():  # as MethodHook does
            if hasattr(module, 'prepare'):
                module.prepare(args.batch_size, torch.bincount(label))
            if hasattr(type(module), 'progress'):
                module.progress = Progress(0, 1, 0, 1)
        self.model.start_training()
        mirrored = torch.ones(args.batch_size, dtype=torch.bool, device=self.device)
        self.geometry = [Geometry(~mirrored), Geometry(mirrored)]
        self.dtype = dict(fp16=torch.float16, bf16=torch.bfloat16).get(args.amp)

    def bare(self) -> None:
        with self._autocast():
            views = self.model.extract_views(self.inputs, self.geometry)
            loss = sum(view.logits.mean() for view in views)
        self._update(loss)

    def full(self) -> None:
        with self._autocast():
            losses = self.model.loss(self.inputs, targets=self.targets, geometry=self.geometry)
        self._update(sum(losses.values()))
        self.model.finish_step()

    def _autocast(self):
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not None)

    def _update(self, loss: torch.Tensor) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options or {})
    init_default_scope(cfg.default_scope)
    steps = Steps(cfg, args)
    functions = dict(bare=steps.bare, full=steps.full)
    times = times_in_turns(functions, args.pairs, args.warmup, steps.device, 'pairs of steps')
    print(
        f'mmfer {mmfer.__version__}, torch {torch.__version__}, {describe_device(steps.device)}, '
        f'{args.size} px, batch {args.batch_size} x 2 views, {args.amp or "fp32"}, {args.pairs} '
        'pairs'
    )
    for name, seconds in times.items():
        print(f'{name} step: median {statistics.median(seconds):.4f} s')
    median, low, high = quartiles([f / b for f, b in zip(times['full'], times['bare'])])
    print(f'full / bare: median {median:.4f} (quartiles {low:.4f} to {high:.4f})')


if __name__ == '__main__':
    main()
