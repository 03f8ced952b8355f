"""What every head has to hold, one after the other on a tiny network.

Run as a script, this file is one of two processes (gloo, on a CPU) with half of each batch.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

# the script's folder
sys.path.insert(0, str(Path(__file__).parent))

import pytest  # noqa: E402
import torch  # noqa: E402
import torch._dynamo  # noqa: E402
from methods import IMAGES, METHODS, NUMBERS, SIZE, K, Noise, build, registered  # noqa: E402
from mmengine.dataset import default_collate  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpretrain.registry import MODELS  # noqa: E402
from torch._dynamo.utils import counters  # noqa: E402

from mmfer.engine import EpochSeedHook, MethodHook, ResumeHook, StopHook  # noqa: E402
from mmfer.engine.processes import leave_processes  # noqa: E402
from mmfer.engine.resume.signals import StoppedBySignal  # noqa: E402
from mmfer.functional import Progress, random_class_mask  # noqa: E402
from mmfer.models import Geometry, Targets  # noqa: E402
from mmfer.models.heads import clex_head  # noqa: E402

BATCH = 6


def test_no_registered_head_is_left_out():
    seen = {head['type'] for head, _, _ in METHODS.values() if isinstance(head['type'], str)}
    assert seen == registered()


# --- cut and resumed equals straight


class Cut(Hook):
    """Ends the run in the step of this number."""

    def __init__(self, step):
        self.step = step

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.step:
            raise KeyboardInterrupt


class Signalled(Hook):
    """Sends the last process SIGTERM in the step of this number."""

    def __init__(self, step):
        self.step = step

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.step and runner.rank == runner.world_size - 1:
            os.kill(os.getpid(), signal.SIGTERM)


class Note(Hook):
    """Loss and number of the compiler's graphs after each step."""

    def __init__(self):
        self.losses, self.graphs = [], []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses.append(outputs['loss'].item())
        self.graphs.append(counters['stats']['unique_graphs'])


def train(name, work_dir, cut=None, resume=None, epochs=3, hooks=(), launcher='none', **cfg):
    """A Runner after training: 3 epochs of 3 steps."""
    _, views, _ = METHODS[name]
    loader = dict(
        dataset=Noise(views),
        batch_size=4,
        num_workers=0,
        collate_fn=dict(type='default_collate'),
        sampler=dict(type='DefaultSampler', shuffle=True),
    )
    runner = Runner(
        build(name),
        work_dir=str(work_dir),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='Adam', lr=0.01)),
        default_hooks=dict(checkpoint=dict(type='WholeCheckpointHook', interval=1)),
        custom_hooks=[MethodHook(), EpochSeedHook(), *([Cut(cut)] if cut else []), *hooks],
        randomness=dict(seed=0),
        resume=resume is not None,
        launcher=launcher,
        default_scope='mmpretrain',
        log_level='ERROR',
        load_from=str(work_dir / resume) if resume else None,
        cfg=cfg,
        experiment_name=f'harness_{os.getpid()}_{next(NUMBERS)}',
    )
    try:
        runner.train()
    except KeyboardInterrupt:
        assert cut
    return runner


def stop_and_resume(name, work_dir, step, **settings):
    """Told to stop in this step, and gone on with from its checkpoint."""
    with pytest.raises(StoppedBySignal):
        train(name, work_dir, hooks=[StopHook(), Signalled(step)], **settings)
    (left,) = work_dir.glob('iter_*.pth')
    return train(name, work_dir, resume=left.name, hooks=[ResumeHook(), StopHook()], **settings)


@pytest.mark.parametrize('name', METHODS)
def test_cut_and_resumed_equals_straight_to_the_bit(name, tmp_path):
    straight = train(name, tmp_path / 'straight')
    # in the second step of the third epoch, after the checkpoint of the second
    train(name, tmp_path / 'cut', cut=7)
    compare(straight, train(name, tmp_path / 'cut', resume='epoch_2.pth'))
    compare(straight, stop_and_resume(name, tmp_path / 'stopped', 4))


def compare(straight, resumed):
    """To the bit: the model, what it remembers, and the optimiser."""
    assert straight.iter == resumed.iter == 9
    states = [runner.model.state_dict() for runner in (straight, resumed)]
    assert list(states[0]) == list(states[1])
    for key in states[0]:
        assert torch.equal(states[0][key], states[1][key]), key
    moments = [runner.optim_wrapper.state_dict()['state'] for runner in (straight, resumed)]
    for index, moment in moments[0].items():
        for key, value in moment.items():
            assert torch.equal(value, moments[1][index][key]), (index, key)
    # what a method remembers did change meanwhile
    remembered = [key for key in states[0] if key.endswith(('.table', '.features', '.vectors'))]
    assert all(states[0][key].abs().sum() > 0 for key in remembered)


# --- compiled equals eager


@pytest.mark.parametrize('name', METHODS)
def test_compiled_equals_eager_and_is_traced_once(name, tmp_path):
    """What changes while training is no graph of its own: after the second epoch, in which sizes
    and rates have become symbols, none is made."""
    eager, compiled = Note(), Note()
    train(name, tmp_path, epochs=4, hooks=[eager])
    torch._dynamo.reset()
    counters.clear()
    try:
        train(name, tmp_path, epochs=4, hooks=[compiled], compile=dict(backend='eager'))
    finally:
        torch._dynamo.reset()
    assert len(compiled.losses) == 12
    assert compiled.losses == pytest.approx(eager.losses, rel=1e-4)
    assert 2 <= compiled.graphs[0] and compiled.graphs[5] == compiled.graphs[-1]


# --- two processes equal one


def places_of(step, rank=None):
    """Images of a step: rank None has the joined batch, as a sampler deals it."""
    joined = [(step * BATCH + i) % IMAGES for i in range(BATCH)]
    return joined if rank is None else joined[rank::2]


def same_subsets(noise, target, size):
    """Draws that depend on the label alone, so on no process."""
    generator = torch.Generator().manual_seed(1)
    fixed = torch.rand(K, K, generator=generator, dtype=torch.float64)
    return random_class_mask(fixed[target].to(noise), target, size)


def steps(runner, views, rank=None, number=3):
    """Three steps of plain gradient descent; the state of the model then."""
    model = runner.model
    plain = getattr(model, 'module', model).double().train()
    data = Noise(views)
    hook = MethodHook()
    hook.modules = list(plain.modules())
    for module in hook.modules:
        if hasattr(module, 'prepare'):
            module.prepare(IMAGES, torch.bincount(torch.tensor(data.get_gt_labels())))
    plain.start_training()
    before, clex_head.random_class_mask = clex_head.random_class_mask, same_subsets
    try:
        for step in range(number):
            for module in hook.modules:
                if hasattr(type(module), 'progress'):
                    module.progress = Progress(step, number, step, number)
            for module in hook.modules:
                if hasattr(module, 'start_epoch'):
                    module.start_epoch()
            batch = plain.data_preprocessor(
                default_collate([data[i] for i in places_of(step, rank)]), training=True
            )
            batch['inputs'] = (
                [one.double() for one in batch['inputs']] if views > 1 else batch['inputs'].double()
            )
            model.zero_grad()
            plain.parse_losses(model(**batch, mode='loss'))[0].backward()
            with torch.no_grad():
                for parameter in plain.parameters():
                    if parameter.requires_grad:
                        parameter -= 0.05 * parameter.grad
            plain.finish_step()
    finally:
        clex_head.random_class_mask = before
    return {key: value.clone() for key, value in plain.state_dict().items()}


def runner_of(name, work_dir, launcher='none'):
    return Runner(
        build(name, frozen=True).double(),
        work_dir=str(work_dir),
        launcher=launcher,
        randomness=dict(seed=0),
        default_scope='mmpretrain',
        log_level='ERROR',
        experiment_name=f'two_{os.getpid()}_{next(NUMBERS)}',
    )


def one_of_two(out: Path) -> None:
    """All methods, in one of the two processes."""
    rank = int(os.environ['RANK'])
    found = {}
    for name, (_, views, _) in METHODS.items():
        runner = runner_of(name, out / f'work_{rank}', launcher='pytorch')
        found[name] = steps(runner, views, rank)
    both = dict(epochs=2, launcher='pytorch')
    runs = [
        train('elr', out / 'straight', **both),
        stop_and_resume('elr', out / 'stopped', 2, **both),
    ]
    found['stopped'] = [run.model.state_dict() for run in runs]
    torch.save(found, out / f'{rank}.pth')
    leave_processes()


@pytest.mark.parametrize('name', METHODS)
def test_two_processes_equal_one(name, two, tmp_path):
    _, views, _ = METHODS[name]
    expected = steps(runner_of(name, tmp_path), views)
    first = build(name, frozen=True).double().state_dict()
    for process in two:
        assert list(process[name]) == list(expected)
        for key, value in expected.items():
            found = process[name][key]
            if value.dtype == torch.float64:
                assert (found - value).abs().max() <= 1e-9 * (1 + value.abs().max()), key
            else:  # what is remembered is float32
                torch.testing.assert_close(found, value, rtol=1e-5, atol=1e-6)
    moved = max(
        (expected[key] - first[key]).abs().max()
        for key in first
        if key.endswith('fc.weight') and not key.startswith('peer')
    )
    assert moved > 1e-3


def test_two_processes_stop_together_and_go_on(two):
    """Only the second one hears the signal; each has batch-norm statistics of its own."""
    for process in two:
        straight, stopped = process['stopped']
        assert list(straight) == list(stopped)
        for key, value in straight.items():
            assert torch.equal(value, stopped[key]), key
    means = [next(v for k, v in p['stopped'][0].items() if k.endswith('running_mean')) for p in two]
    assert not torch.equal(*means)


# --- gradients, weights, waits


@pytest.mark.parametrize('name', METHODS)
def test_each_parameter_has_a_gradient_in_each_step(name):
    _, views, _ = METHODS[name]
    model, data = build(name).train(), Noise(views)
    for module in model.modules():
        if hasattr(module, 'prepare'):
            module.prepare(IMAGES, torch.bincount(torch.tensor(data.get_gt_labels())))
    model.start_training()
    for step in range(3):
        for module in model.modules():
            if hasattr(type(module), 'progress'):
                module.progress = Progress(step, 3, step, 3)
        batch = default_collate([data[i] for i in places_of(step)])
        model.zero_grad(set_to_none=True)
        losses = model(**model.data_preprocessor(batch, training=True), mode='loss')
        total, _ = model.parse_losses(losses)
        assert torch.isfinite(total)
        total.backward()
        for key, parameter in model.named_parameters():
            # the average learns nothing
            assert (parameter.grad is None) == key.startswith('ema.'), key
        model.finish_step()


@pytest.mark.parametrize('name', METHODS)
def test_trained_weights_in_a_stock_classifier(name, tmp_path):
    head, views, _ = METHODS[name]
    model = train(name, tmp_path, epochs=1).model.eval()
    images = torch.rand(3, 3, SIZE, SIZE)
    state = {
        key: value
        for key, value in model.state_dict().items()
        if not key.startswith(('peer.', 'ema.'))
    }
    if name == 'pll decoder':  # its docstring says so: the decoder is used in tests, too
        assert {key.split('.')[1] for key in state if key.startswith('head')} > {'blocks', 'fc'}
        return
    stock = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=build(name).backbone,
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='LinearClsHead', num_classes=K, in_channels=8),
        )
    ).eval()
    names = set(stock.state_dict())
    assert names <= set(state)
    stock.load_state_dict({key: value for key, value in state.items() if key in names})
    assert torch.equal(stock(images), model(images))
    predicted = model(images, mode='predict')
    assert torch.equal(torch.stack([one.pred_score for one in predicted]), stock(images).softmax(1))


@pytest.mark.parametrize('name', METHODS)
def test_no_step_waits_for_the_device(name, monkeypatch):
    """On the meta device there are no values: .item(), .tolist(), bool(tensor) and shapes that
    depend on the data raise."""
    # which has no mixed precision to end
    monkeypatch.setattr(torch, 'autocast', lambda *args, **kwargs: contextlib.nullcontext())
    _, views, _ = METHODS[name]
    model, data = build(name).train(), Noise(views)
    for module in model.modules():
        if hasattr(module, 'prepare'):
            module.prepare(IMAGES, torch.bincount(torch.tensor(data.get_gt_labels())))
    batch = model.data_preprocessor(default_collate([data[i] for i in range(BATCH)]), training=True)
    model.to('meta')
    for module in model.modules():
        if hasattr(type(module), 'progress'):
            module.progress = Progress(1, 3, 1, 3)
    inputs = batch['inputs'] if views > 1 else [batch['inputs']]
    targets = Targets(*(one.to('meta') for one in batch['targets'][:3]))
    geometry = [
        Geometry(one.mirrored.to('meta'), None, one.matrix.to('meta')) for one in batch['geometry']
    ]
    losses = model.loss([one.to('meta') for one in inputs], targets, geometry)
    sum(losses.values()).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter -= parameter.grad
    model.finish_step()


@pytest.mark.parametrize(
    'wait',
    [
        lambda x: x.sum().item(),
        lambda x: x.tolist(),
        lambda x: bool(x.any()),
        lambda x: x.nonzero(),
        lambda x: x[x > 0],
    ],
)
def test_the_meta_device_shows_a_wait(wait):
    with pytest.raises((RuntimeError, NotImplementedError)):
        wait(torch.ones(3, device='meta'))


if __name__ == '__main__':
    one_of_two(Path(sys.argv[1]))
