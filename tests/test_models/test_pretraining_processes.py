"""Pre-training in two processes with half a batch each against one process.

Run as a script, this file is one of the two processes (gloo, on a CPU). Masks follow from the
number of each sample's draw. In double precision, so that rounding is what is left.
"""

import os
import sys
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from pretraining import TINY

import mmfer.models  # noqa: F401  repairs the host's start of processes without a GPU
from mmfer.engine.processes import leave_processes

HALVES = ((0, 1, 2), (3, 4, 5))
DRAWS = [2**61 + 12345 * place**3 for place in range(6)]
FORMS = {
    'MaskFeatMAE': dict(
        backbone=dict(type='VisiblePatchViT', arch=TINY, img_size=48, patch_size=16),
        neck=dict(decoder_embed_dim=16, decoder_num_heads=2),
    ),
    'MaskFeatTokens': dict(
        backbone=dict(type='MaskFeatViT', arch=TINY, img_size=48, patch_size=16)
    ),
}


def runner_of(form, work_dir, launcher='none') -> Runner:
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    model = MODELS.build(dict(type=form, **FORMS[form]))
    model.init_weights()
    return Runner(
        model.double(),
        work_dir=str(work_dir),
        launcher=launcher,
        randomness=dict(seed=0),
        default_scope='mmpretrain',
        log_level='ERROR',
        experiment_name=f'{form}_{os.getpid()}',
    )


def gradients(runner, places) -> dict:
    """Of one training step on these places of the joined batch."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(6, 3, 48, 48, generator=generator, dtype=torch.float64)[list(places)]
    model, plain = runner.model, getattr(runner.model, 'module', runner.model)
    model.train()
    samples = [DataSample(metainfo=dict(draw=DRAWS[place])) for place in places]
    losses = model(images, samples, mode='loss')
    plain.parse_losses(losses)[0].backward()
    return {name: p.grad.clone() for name, p in plain.named_parameters() if p.requires_grad}


def one_of_two(out: Path) -> None:
    found = {}
    for form in FORMS:
        runner = runner_of(form, out / form, 'pytorch')
        found[form] = gradients(runner, HALVES[int(os.environ['RANK'])])
        found[f'{form} in'] = type(runner.model).__name__
    torch.save(found, out / f'{os.environ["RANK"]}.pth')
    leave_processes()


@pytest.mark.parametrize('form', FORMS)
def test_gradients_are_those_of_the_joined_batch(two, form, tmp_path):
    runner = runner_of(form, tmp_path)
    joined = gradients(runner, range(6))
    largest = max(g.abs().max() for g in joined.values())
    assert largest > 1e-4 and all(g.dtype == torch.float64 for g in joined.values())
    for process in two:
        assert process[f'{form} in'] == 'MMDistributedDataParallel'
        assert process[form].keys() == joined.keys()
        for name, value in joined.items():
            assert (process[form][name] - value).abs().max() < 1e-10 * largest, name
    # the comparison sees which images and masks a process had
    runner.model.zero_grad()
    half = gradients(runner, HALVES[0])
    assert max((half[k] - joined[k]).abs().max() for k in joined) > 1e-3 * largest


if __name__ == '__main__':
    one_of_two(Path(sys.argv[1]))
