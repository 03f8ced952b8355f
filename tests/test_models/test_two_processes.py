"""Two processes with half a batch each against one with the joined batch.

Run as a script, this file is one of the two processes (gloo, on a CPU).

What is equal, and what is not, by design: gradients are equal where no layer looks at the batch as
a whole. Batch norm does: each process normalises by its own half, as DistributedDataParallel has it
everywhere, and only SyncBatchNorm, which PyTorch has for GPUs alone, would join the halves. So the
comparison is made with batch norm on its saved statistics. Augmentation and CLEX's
random subsets follow from the number of each sample's draw, which is the same in one process and in
two; gradients of single steps, outside a run, take subsets dealt out from one draw for the joined
batch. Dropout is each process' own. Everything is in double precision: what is left is rounding,
far below the tolerance of 1e-10.
"""

import os
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.dist import get_rank
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch.utils.data import Dataset

from mmfer.datasets.samplers import ClassBalancedSampler
from mmfer.engine import EpochSeedHook, MethodHook
from mmfer.engine.processes import leave_processes
from mmfer.functional import random_class_mask
from mmfer.models import LabelMemory
from mmfer.models.heads import clex_head

ROOT = Path(__file__).parents[2]
BATCH = 6
# images of each process, as places in the joined batch
HALVES = ((0, 1, 2), (3, 4, 5))
UNEVEN = ((0, 1, 2), (3, 4))

# What each process writes, one entry a step: indices of process 0, of 1.
WRITES = {
    'apart': [((0, 4), (2, 5))],
    'the same image in both': [((3, 1), (1, 3)), ((0, 0), (0, 2))],
    'uneven': [((0, 1, 2), (3,)), ((), (4, 0)), ((5,), ())],
}


def rows_of(index):
    """(N, 3) rows that tell which place of which process wrote them."""
    return torch.tensor([[place, float(i), 1 / 3] for place, i in index]).reshape(-1, 3)


def memory_after(steps, rank=None):
    """A memory after all steps; rank None is one process with all rows, in the order in which a
    sampler deals images out."""
    memory = LabelMemory(3)
    memory.prepare(7)
    for step in steps:
        number = [(float(10 * r + k), i) for r, part in enumerate(step) for k, i in enumerate(part)]
        own = [(place, i) for place, i in number if rank is None or place // 10 == rank]
        own.sort(key=lambda pair: (pair[0] % 10, pair[0]))
        index = torch.tensor([i for _, i in own], dtype=torch.long)
        memory.write(index, rows_of(own))
    return memory


class OneDraw:
    """``random_class_mask`` on noise of the joined batch."""

    def __init__(self, places):
        self.places = list(places)
        self.calls = 0

    def __call__(self, noise, target, size):
        generator = torch.Generator().manual_seed(self.calls)
        self.calls += 1
        joined = torch.rand(BATCH, noise.size(1), generator=generator)
        return random_class_mask(joined[self.places], target, size)


def batch(places):
    """Two views of the images at these places of the joined batch."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (BATCH, 3, 16, 16), dtype=torch.uint8, generator=generator)
    images = images[list(places)]
    samples = []
    for place in places:
        sample = DataSample().set_gt_label(place)
        sample.set_field(
            np.stack([np.eye(3), np.diag([-1.0, 1, 1])]).astype(np.float32), 'view_matrix'
        )
        samples.append(sample)
    return dict(inputs=[images, images.flip(-1)], data_samples=samples)


def make_runner(work_dir, frozen_statistics=True, launcher='none', **training) -> Runner:
    """CLEX from its config, tiny and in double precision, in a Runner, which wraps it where there
    are several processes."""
    cfg = Config.fromfile(ROOT / 'configs/clex/clex_r18_rafdb.py')
    cfg.merge_from_dict(
        {
            'model.backbone': dict(
                num_stages=1,
                out_indices=(0,),
                strides=(1,),
                dilations=(1,),
                base_channels=8,
                stem_channels=8,
                norm_eval=frozen_statistics,
                init_cfg=None,
            ),
            'model.head.in_channels': 8,
        }
    )
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).double()
    return Runner(
        model,
        work_dir=str(work_dir),
        launcher=launcher,
        randomness=dict(seed=0),
        cfg=cfg,
        default_scope='mmpretrain',
        log_level='ERROR',
        experiment_name=f'{os.getpid()}_{Path(work_dir).name}',
        **training,
    )


class Augmented(Dataset):
    """12 images, each view moved and changed at random by all three generators."""

    def __len__(self):
        return 2 * BATCH

    def __getitem__(self, index):
        item = batch([index % BATCH])
        left = random.randrange(16)
        noise = torch.rand(3, 16, 16) * float(np.random.uniform(0, 60))
        views = [(view[0].roll(left, -1) + noise).byte() for view in item['inputs']]
        return dict(inputs=views, data_samples=item['data_samples'][0])


def trained(work_dir, batch_size, launcher='none') -> dict:
    """Weights after two epochs of two steps."""
    runner = make_runner(
        work_dir,
        launcher=launcher,
        train_dataloader=dict(
            dataset=Augmented(),
            batch_size=batch_size,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=True),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9)),
        default_hooks=dict(checkpoint=None, logger=None),
        custom_hooks=[MethodHook(), EpochSeedHook()],
    )
    runner.train()
    return getattr(runner.model, 'module', runner.model).state_dict()


def gradients(runner, places, drawn=None) -> dict:
    """Of one training step's loss, by parameter; ``drawn`` are the places of other images, whose
    random subsets to take."""
    model = runner.model
    plain = getattr(model, 'module', model)
    model.train()
    model.zero_grad()
    clex_head.random_class_mask, before = OneDraw(drawn or places), clex_head.random_class_mask
    try:
        losses = model(**plain.data_preprocessor(batch(places), training=True), mode='loss')
    finally:
        clex_head.random_class_mask = before
    plain.parse_losses(losses)[0].backward()
    return {name: p.grad.clone() for name, p in plain.named_parameters()}


def one_of_two(out: Path) -> None:
    """All that is compared, in one of the two processes."""
    runner = make_runner(out / 'frozen', launcher='pytorch')
    live = make_runner(out / 'live', False, launcher='pytorch')
    rank = get_rank()
    found = dict(wrapper=type(runner.model).__name__)
    found['gradients'] = gradients(runner, HALVES[rank])
    found['uneven gradients'] = gradients(runner, UNEVEN[rank])
    found['live gradients'] = gradients(live, HALVES[rank])

    found['tables'] = {}
    for name, steps in WRITES.items():
        memory = memory_after(steps, rank)
        found['tables'][name] = memory.state_dict()
    # one process brings an image that the table does not have
    memory = LabelMemory(3)
    memory.prepare(7)
    try:
        memory.write(torch.tensor([1, 7 - 2 * rank]), torch.ones(2, 3))
    except (IndexError, RuntimeError) as error:
        found['refused'] = f'{type(error).__name__}: {error}'
    memory.write(torch.tensor([rank]), torch.ones(1, 3))  # still in step
    found['after'] = memory.written.tolist()

    found['dealt'] = list(DefaultSampler(range(5), shuffle=False))
    labels = type(
        '', (), dict(get_gt_labels=lambda self: [0, 0, 0, 1, 1], __len__=lambda self: 5)
    )()
    found['balanced'] = list(ClassBalancedSampler(labels, seed=0))
    EpochSeedHook().before_train_epoch(runner)
    found['draws'] = torch.rand(4), torch.from_numpy(np.random.rand(4))
    found['trained'] = trained(out / f'trained {rank}', BATCH // 2, 'pytorch')
    torch.save(found, out / f'{rank}.pth')
    leave_processes()


@pytest.fixture(scope='module')
def one(tmp_path_factory):
    """One process in this one."""
    return make_runner(tmp_path_factory.mktemp('one'))


def difference(first: dict, second: dict) -> float:
    """The largest over all parameters, as a share of the largest gradient."""
    assert first.keys() == second.keys()
    largest = max(g.abs().max() for g in first.values())
    return max((first[k] - second[k]).abs().max() for k in first).item() / largest.item()


def test_gradients_are_those_of_the_joined_batch(two, one):
    joined = gradients(one, range(BATCH))
    assert two[0]['wrapper'] == 'MMDistributedDataParallel'
    assert all(g.dtype == torch.float64 and g.abs().max() > 1e-3 for g in joined.values())
    for process in two:
        assert difference(joined, process['gradients']) < 1e-10
    # other subsets, other gradients: the comparison above sees the draws
    assert difference(joined, gradients(one, range(BATCH), (1, 0, 2, 3, 4, 5))) > 1e-3


def test_a_run_of_two_processes_is_that_of_one(two, tmp_path):
    """With augmentation, shuffled images and CLEX's own draws."""
    alone = trained(tmp_path / 'alone', BATCH)
    start = make_runner(tmp_path / 'start').model.state_dict()
    moved = {key: (alone[key] - start[key]).abs().max() for key in alone}
    assert moved['head.fc.weight'] > 1e-2 and moved['backbone.conv1.weight'] > 1e-3
    for process in two:
        assert process['trained'].keys() == alone.keys()
        for key, value in alone.items():
            assert (process['trained'][key] - value).abs().max() <= 1e-10, key
    # an image is another each time
    assert not torch.equal(*(Augmented()[0]['inputs'][0] for _ in range(2)))


def test_uneven_batches_give_a_mean_of_means(two, one):
    # 3 and 2 images: each process' mean counts one half, an image of the smaller batch more than
    # one of the larger.
    parts = [gradients(one, places) for places in UNEVEN]
    mean = {k: (parts[0][k] + parts[1][k]) / 2 for k in parts[0]}
    joined = gradients(one, sum(UNEVEN, ()))
    for process in two:
        assert difference(mean, process['uneven gradients']) < 1e-10
        assert difference(joined, process['uneven gradients']) > 1e-3
    # It does not come to that: samplers deal out equal numbers.
    assert [process['dealt'] for process in two] == [[0, 2, 4], [1, 3, 0]]
    assert [len(process['balanced']) for process in two] == [3, 3]


def test_live_batch_norm_differs_by_design(two, tmp_path):
    joined = gradients(make_runner(tmp_path, False), range(BATCH))
    for process in two:
        assert difference(joined, process['live gradients']) > 1e-3
    # and yet both processes step alike
    assert difference(*(process['live gradients'] for process in two)) == 0


@pytest.mark.parametrize('name', WRITES)
def test_label_tables_are_those_of_one_process(two, name):
    expected = memory_after(WRITES[name]).state_dict()
    assert expected['written'].any() and not expected['written'].all()
    for process in two:
        assert process['tables'][name].keys() == expected.keys()
        for key, value in expected.items():
            assert torch.equal(process['tables'][name][key], value), key


def test_duplicates_by_hand(two):
    # Second places beat first ones, process 1 beats process 0.
    table = two[0]['tables']['the same image in both']['table'][:, :2].tolist()
    assert table[:4] == [[1, 0], [1, 1], [11, 2], [11, 3]]


def test_a_fault_in_one_process_ends_all(two):
    assert two[0]['refused'].startswith('IndexError: sample_idx 7: LabelMemory has rows 0 to 6')
    assert two[1]['refused'] == (
        'RuntimeError: process 0 refused its rows; the error is told there (this is process 1)'
    )
    assert two[0]['after'] == two[1]['after'] == [True, True] + 5 * [False]


def test_processes_draw_different_random_numbers(two):
    for first, second in zip(two[0]['draws'], two[1]['draws']):
        assert (first != second).all()


if __name__ == '__main__':
    one_of_two(Path(sys.argv[1]))
