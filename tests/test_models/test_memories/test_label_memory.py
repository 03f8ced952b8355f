"""LabelMemory in one process; test_two_processes.py has the rest."""

import copy

import pytest
import torch
from mmengine.dataset import BaseDataset, ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmengine.runner.checkpoint import load_state_dict
from mmpretrain.datasets import KFoldDataset
from mmpretrain.registry import DATASETS
from torch import nn
from torch.utils.data import Subset

from mmfer.engine.hooks.method_hook import one_data_set
from mmfer.models import LabelMemory

NONE = torch.full((2, 3), 1 / 3)


def memory_of(rows, width):
    memory = LabelMemory(width)
    memory.prepare(rows)
    return memory


def test_by_hand():
    memory = memory_of(4, 3)
    index = torch.tensor([2, 0])
    assert torch.equal(memory.read(index, NONE), NONE)
    memory.write(torch.tensor([2]), torch.tensor([[0.5, 0.5, 0]]))
    assert memory.read(index, NONE).tolist() == [[0.5, 0.5, 0], NONE[0].tolist()]
    memory.write(index, torch.tensor([[0.0, 1, 0], [0, 0, 0]]))
    # a row of zeros is a row, too
    assert memory.read(index, NONE).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert memory.written.tolist() == [True, False, True, False]
    assert memory.table.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_the_later_of_two_rows_stays():
    memory = memory_of(3, 1)
    memory.write(torch.tensor([1, 0, 1, 0, 1]), torch.tensor([[1.0], [2], [3], [4], [5]]))
    assert memory.table.flatten().tolist() == [4, 5, 0]


def test_many_duplicates_equal_a_loop():
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(0, 50, (400,), generator=generator)
    rows = torch.rand(400, 2, generator=generator)
    memory = memory_of(60, 2)
    memory.write(index.int(), rows)
    expected = torch.zeros(60, 2)
    for i, row in zip(index, rows):
        expected[i] = row
    assert torch.equal(memory.table, expected)
    assert memory.written.nonzero().flatten().tolist() == sorted(set(index.tolist()))


def test_state_is_saved_and_read_back(tmp_path):
    memory = nn.Sequential(memory_of(4, 3))
    memory[0].write(torch.tensor([3, 1]), torch.rand(2, 3))
    torch.save(memory.state_dict(), tmp_path / 'memory.pth')
    state = torch.load(tmp_path / 'memory.pth', weights_only=True)
    assert set(state) == {'0.table', '0.written'}
    fresh = nn.Sequential(memory_of(4, 3))
    fresh.load_state_dict(state, strict=True)
    index = torch.arange(4)
    default = torch.rand(4, 3)
    assert torch.equal(fresh[0].read(index, default), memory[0].read(index, default))
    assert torch.equal(fresh[0].read(index, default)[[0, 2]], default[[0, 2]])
    assert not list(memory.parameters())
    with pytest.raises(RuntimeError, match='size mismatch'):
        nn.Sequential(memory_of(5, 3)).load_state_dict(state)


def test_no_gradient_comes_in_or_goes_out():
    memory = memory_of(2, 3)
    rows = torch.rand(2, 3, requires_grad=True)
    index = torch.arange(2)
    assert not memory.read(index, 2 * rows).requires_grad
    memory.write(index, 2 * rows)
    read = memory.read(index, rows)
    assert not memory.table.requires_grad and not read.requires_grad
    # a copy: what a loss keeps for its backward pass is not overwritten
    before = read.clone()
    memory.write(index, rows + 1)
    assert torch.equal(read, before)


@pytest.mark.parametrize('cast', ['half', 'double', 'bfloat16'])
def test_float32_whatever_the_model_is(cast):
    row = torch.tensor([[0.1, 0.2, 0.7]])
    model = nn.Sequential(nn.Linear(1, 1), memory_of(2, 3))
    model[1].write(torch.tensor([0]), row)
    getattr(model, cast)()
    assert model[0].weight.dtype != torch.float32
    memory = copy.deepcopy(model)[1]
    assert torch.equal(memory.table[:1], row)
    memory.write(torch.tensor([1]), row.to(model[0].weight.dtype))
    index = torch.tensor([0, 1])
    read = memory.read(index, torch.zeros(2, 3, dtype=model[0].weight.dtype))
    assert read.dtype == memory.table.dtype == torch.float32
    assert memory.written.dtype == torch.bool


@pytest.mark.parametrize(
    'index, rows, error, named',
    [
        ([4], (1, 3), IndexError, 'sample_idx 4.*rows 0 to 3'),
        ([0, -1], (2, 3), IndexError, 'sample_idx -1'),
        ([0], (1, 2), ValueError, r'\(1, 2\); expected \(1, 3\).*width 3'),
        ([0, 1], (1, 3), ValueError, '2 indices'),
        ([[0]], (1, 3), ValueError, r'shape \(1, 1\)'),
        ([0.0], (1, 3), ValueError, 'torch.float32'),
        ([True], (1, 3), ValueError, 'torch.bool'),
    ],
)
def test_what_does_not_fit_is_named(index, rows, error, named):
    memory = memory_of(4, 3)
    for use in (memory.read, memory.write):
        with pytest.raises(error, match=named):
            use(torch.tensor(index), torch.ones(rows))
    assert not memory.written.any() and not memory.table.any()


def test_an_empty_batch_changes_nothing():
    memory = memory_of(4, 3)
    empty = torch.empty(0, dtype=torch.long)
    memory.write(empty, torch.empty(0, 3))
    assert memory.read(empty, torch.empty(0, 3)).shape == (0, 3)
    assert not memory.written.any()


def test_sizes_below_one():
    with pytest.raises(ValueError, match='width=-1'):
        LabelMemory(-1)


def test_without_rows_the_hook_is_named():
    memory = LabelMemory(3)
    for use in (memory.read, memory.write):
        with pytest.raises(RuntimeError, match='MethodHook gives it those of the training set'):
            use(torch.tensor([0]), torch.ones(1, 3))


def test_read_in_a_compiled_function():
    memory = memory_of(4, 3)
    memory.write(torch.tensor([1]), torch.eye(3)[:1])

    def step(index):
        memory.write(index[:1], 2 * torch.eye(3)[:1])
        return memory.read(index, NONE)

    index = torch.tensor([1, 2])
    expected = step(index)
    assert torch.equal(torch.compile(step, backend='eager')(index), expected)


class Images(BaseDataset):
    """Images that are nothing but their names."""

    METAINFO = dict(classes=('a',))

    def __init__(self, names='abcdef'):
        self.names = names
        super().__init__()

    def load_data_list(self):
        return [dict(name=name) for name in self.names]

    def get_cat_ids(self, idx):
        return [0]


PARTS = dict(
    type=ConcatDataset, datasets=[dict(type=Images, names='abc'), dict(type=Images, names='def')]
)


def two():
    return DATASETS.build(PARTS)


WRAPPERS = {
    'plain': (lambda: Images(), 6),
    'repeat': (lambda: RepeatDataset(Images(), times=2), 6),
    'balanced': (lambda: ClassBalancedDataset(Images(), oversample_thr=0.1), 6),
    'subset': (lambda: Subset(Images(), [5, 2]), 6),
    'fold': (lambda: KFoldDataset(dict(type=Images), fold=1, num_splits=3), 4),
    'concat': (two, 0),
    'repeated concat': (lambda: RepeatDataset(dict(PARTS), times=2), 0),
    'subset of a concat': (lambda: Subset(two(), [0, 3]), 0),
}


@pytest.mark.parametrize('name', WRAPPERS)
def test_sample_idx_has_to_name_one_image(name):
    build, rows = WRAPPERS[name]
    dataset = build()
    names = {}
    for i in range(len(dataset)):
        names.setdefault(dataset[i]['sample_idx'], set()).add(dataset[i]['name'])
    shared = any(len(images) > 1 for images in names.values())
    assert shared == (rows == 0)  # what the check is for
    if shared:
        with pytest.raises(ValueError, match='a ConcatDataset: each of its parts'):
            one_data_set(dataset)
        return
    assert len(one_data_set(dataset)) == rows


K = 4


def test_size_of_the_data_set_and_no_other():
    table = LabelMemory(K)
    assert table.num_samples == 0
    table.prepare(5)
    table.write(torch.tensor([4]), torch.ones(1, K))
    table.prepare(5)
    assert table.written.tolist() == [False] * 4 + [True]
    table.prepare(7)
    assert table.num_samples == 7 and not table.written.any()
    with pytest.raises(ValueError, match='a ConcatDataset'):
        one_data_set(type('ConcatDataset', (), dict(datasets=[], __len__=lambda self: 3))())


@pytest.mark.parametrize('load', ['torch', 'mmengine'])
def test_a_checkpoint_brings_its_rows(load, caplog):
    model = nn.ModuleDict(dict(table=LabelMemory(K), fc=nn.Linear(2, 2)))
    unsized = copy.deepcopy(model)
    model['table'].prepare(5)
    model['table'].write(torch.tensor([1, 3]), torch.rand(2, K))
    state = model.state_dict()

    def into(module, saved):
        if load == 'torch':
            module.load_state_dict(saved)
        else:  # tells what does not fit and goes on
            load_state_dict(module, saved, strict=True)

    fresh = copy.deepcopy(unsized)
    into(fresh, state)
    for key in ('table.table', 'table.written'):
        assert torch.equal(fresh.state_dict()[key], state[key])
    # weights alone, or those of a run that kept no table yet
    weights = {k: v for k, v in state.items() if k.startswith('fc')}
    into(copy.deepcopy(unsized), weights)
    before = copy.deepcopy(model['table'].state_dict())
    into(model, unsized.state_dict())
    for key, value in model['table'].state_dict().items():
        assert torch.equal(value, before[key])
    # another number of images, or of classes, is not taken over in silence
    other = nn.ModuleDict(dict(table=LabelMemory(K), fc=nn.Linear(2, 2)))
    other['table'].prepare(6)
    with pytest.raises(RuntimeError, match='size mismatch'):
        into(other, state)
    with pytest.raises(RuntimeError, match='size mismatch'):
        into(nn.ModuleDict(dict(table=LabelMemory(K + 1), fc=nn.Linear(2, 2))), state)
