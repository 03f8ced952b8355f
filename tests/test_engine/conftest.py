"""A Runner with next to nothing in it: milliseconds an epoch."""

import itertools
import logging

import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch import nn

NUMBERS = itertools.count()


class Faces(torch.utils.data.Dataset):
    """8 samples of two numbers."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        sample = DataSample(metainfo=dict(sample_idx=index, img_path=f'/faces/{index}.png'))
        return dict(inputs=torch.tensor([index / 8, 1.0]), data_samples=sample)


class Line(BaseModel):
    """w x, with two terms of loss."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        nn.init.constant_(self.linear.weight, 0.5)
        nn.init.zeros_(self.linear.bias)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        out = self.linear(torch.stack(inputs))
        if mode == 'loss':
            noise = torch.rand_like(out)
            return dict(loss_fit=(out - noise).square().mean(), loss_size=0.1 * out.abs().mean())
        return data_samples


class Ranking(BaseMetric):
    """A given value for each epoch, asked for by the weights' age."""

    def __init__(self, values, steps):
        super().__init__(prefix='rank')
        self.values, self.steps, self.asked = values, steps, []

    def process(self, data_batch, data_samples):
        self.results += [0] * len(data_samples)

    def compute_metrics(self, results):
        from mmengine.logging import MessageHub

        # the last step's number in training, of steps done after a resume
        epoch = round(MessageHub.get_current_instance().get_info('iter') / self.steps)
        self.asked.append(epoch)
        return dict(value=self.values[epoch - 1])


class Told(logging.Handler):
    """Keeps what is logged from now on (log files of one second are one)."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(f'{record.levelname} - {record.getMessage()}')

    @property
    def text(self):
        return '\n'.join(self.lines)


@pytest.fixture
def toy():
    """Returns a function that makes a Runner of 4 steps an epoch."""

    def make(
        work_dir,
        max_epochs=2,
        hooks=(),
        checkpoint=None,
        lr=0.1,
        batch_size=2,
        values=None,
        model=None,
        resume=None,
        train_cfg=None,
        wrapper='OptimWrapper',
        seed=0,
        **more,
    ):
        loader = dict(dataset=Faces(), batch_size=batch_size, num_workers=0)
        if values is not None:
            metric = Evaluator([Ranking(values, 8 // batch_size)])
            more.update(
                val_dataloader=dict(loader, sampler=dict(type='DefaultSampler', shuffle=False)),
                val_cfg=dict(),
                val_evaluator=metric,
            )
        runner = Runner(
            model=model or Line(),
            work_dir=str(work_dir),
            train_dataloader=dict(loader, sampler=dict(type='DefaultSampler', shuffle=True)),
            train_cfg=train_cfg or dict(by_epoch=True, max_epochs=max_epochs),
            optim_wrapper=dict(type=wrapper, optimizer=dict(type='Adam', lr=lr)),
            default_hooks=dict(
                checkpoint=dict(dict(type='WholeCheckpointHook', interval=1), **checkpoint or {})
            ),
            custom_hooks=list(hooks),
            randomness=dict(seed=seed),
            load_from=resume and str(resume),
            resume=resume is not None,
            default_scope='mmpretrain',
            experiment_name=f'toy_{next(NUMBERS)}',
            **more,
        )
        runner.told = Told()
        runner.logger.addHandler(runner.told)
        return runner

    return make
