"""Disambiguation: numbers by hand, in real runs, after a resume."""

import itertools
import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.logging import MessageHub
from mmengine.model import BaseModel
from mmengine.runner import Runner

from mmfer.engine import DisambiguationHook, MethodHook
from mmfer.models import LabelMemory

NUMBERS = itertools.count()
THIRD = np.float32(1 / 3)
# Four images: two and three candidates; one, so not ambiguous; two that lack the clean label.
FIRST = [[0.5, 0.5, 0], [THIRD] * 3, [0, 0, 1], [0, 0.5, 0.5]]
CLEAN, GIVEN = [0, 2, 2, 0], [1, 2, 2, 0]
EPOCHS = {
    1: [[0.8, 0.2, 0], [0.5, 0, 0.5], [0, 0, 1], [0, 1, 0]],
    2: [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0.4, 0.6]],
}


class Voted(torch.utils.data.Dataset):
    """The four images."""

    metainfo = dict(classes=('a', 'b', 'c'))

    def __init__(self, **changes):
        self.changes = changes

    def __len__(self):
        return 4

    def get_data_info(self, index):
        info = dict(
            gt_score=FIRST[index],
            clean_label=CLEAN[index],
            gt_label=GIVEN[index],
            img_path=f'/faces/{"ab"[index % 2]}/{index}.png',
        )
        return {k: v for k, v in {**info, **self.changes}.items() if v is not None}

    def __getitem__(self, index):
        return dict(index=index)


class Scripted(BaseModel):
    """Believes what the script says, whatever it sees."""

    def __init__(self, epochs):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.memory = LabelMemory(3)
        self.epochs = epochs

    def forward(self, index, mode='tensor'):
        epoch = MessageHub.get_current_instance().get_info('epoch') + 1
        index = torch.stack(list(index)) if not torch.is_tensor(index) else index
        self.memory.write(index, torch.tensor(self.epochs[epoch])[index])
        return dict(loss=self.weight**2)


def run(
    work_dir,
    hook,
    epochs=EPOCHS,
    max_epochs=2,
    resume=None,
    dataset=None,
    model=None,
    hooks=(),
    train_cfg=None,
):
    """A training, done; two steps an epoch."""
    runner = Runner(
        model=model or Scripted(epochs),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=dataset or Voted(),
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=True),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=train_cfg or dict(by_epoch=True, max_epochs=max_epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(checkpoint=dict(type='WholeCheckpointHook', interval=1)),
        custom_hooks=[MethodHook(), hook, *hooks],
        load_from=resume and str(resume),
        resume=resume is not None,
        default_scope='mmpretrain',
        experiment_name=f'voted_{next(NUMBERS)}',
    )
    runner.train()
    return runner


def saved(work_dir):
    return json.loads((work_dir / 'disambiguation.json').read_text())


def log_of(work_dir):
    return '\n'.join(path.read_text() for path in work_dir.glob('*/*.log'))


def test_a_run(tmp_path):
    run(tmp_path, DisambiguationHook(images=['3.png', 'b/1.png', 0]))
    found = saved(tmp_path)
    by_epoch = found.pop('by_epoch')
    assert found == dict(
        classes=['a', 'b', 'c'],
        images=4,
        ambiguous=3,
        ambiguous_by_class=[2, 0, 1],
        covered=2,
        chosen=[
            dict(sample_idx=3, name='3.png', given=0, clean=0, candidates=[1, 2]),
            dict(sample_idx=1, name='1.png', given=2, clean=2, candidates=[0, 1, 2]),
            dict(sample_idx=0, name='0.png', given=1, clean=0, candidates=[0, 1]),
        ],
    )
    assert list(by_epoch) == ['0', '1', '2']
    # ties: a half and a third of an image
    assert [by_epoch[e]['share_clean'] for e in by_epoch] == pytest.approx(
        [(1 / 2 + 1 / 3) / 3, 0.5, 2 / 3]
    )
    assert [by_epoch[e]['confidence_clean'] for e in by_epoch] == pytest.approx(
        [(1 / 2 + 1 / 3) / 3, 1.3 / 3, 2 / 3]
    )
    assert [by_epoch[e]['share_decided'] for e in by_epoch] == pytest.approx([0, 1 / 3, 2 / 3])
    assert np.array(by_epoch['2']['chosen']) == pytest.approx(
        np.array([EPOCHS[2][i] for i in (3, 1, 0)])
    )
    # the tracker's file, by epoch; the log
    lines = [
        json.loads(line)
        for path in tmp_path.glob('*/vis_data/*.json')
        for line in path.read_text().splitlines()
        if 'disambiguation' in line
    ]
    assert {line['step']: line['disambiguation/share_clean'] for line in lines} == pytest.approx(
        {0: 2.5 / 9, 1: 0.5, 2: 2 / 3}
    )
    assert 'disambiguation, epoch 2: of 3 ambiguous images, 66.7% have the clean label' in log_of(
        tmp_path
    )


def test_images_by_chance_are_ambiguous(tmp_path):
    def chosen(name, **settings):
        run(tmp_path / name, DisambiguationHook(**settings), max_epochs=1)
        return [one['sample_idx'] for one in saved(tmp_path / name)['chosen']]

    assert chosen('all') == [0, 1, 3]
    some = {seed: chosen(str(seed), num_images=1, seed=seed) for seed in range(5)}
    assert {tuple(one) for one in some.values()} <= {(0,), (1,), (3,)}
    assert len({tuple(one) for one in some.values()}) > 1
    assert chosen('none', num_images=0) == []
    assert chosen('again', num_images=1, seed=4) == some[4]


def test_resumed(tmp_path):
    run(tmp_path / 'a', DisambiguationHook())
    first = saved(tmp_path / 'a')['by_epoch']
    shutil.copytree(tmp_path / 'a', tmp_path / 'b')
    # epoch 2 again, and differently
    other = {**EPOCHS, 2: EPOCHS[1]}
    run(tmp_path / 'b', DisambiguationHook(), other, resume=tmp_path / 'b/epoch_1.pth')
    again = saved(tmp_path / 'b')['by_epoch']
    assert again['0'] == first['0'] and again['1'] == first['1']
    assert again['2'] == first['1'] and list(again) == ['0', '1', '2']
    # back to epoch 1 for good: what came after it is gone
    run(tmp_path / 'b', DisambiguationHook(), max_epochs=1, resume=tmp_path / 'b/epoch_1.pth')
    assert list(saved(tmp_path / 'b')['by_epoch']) == ['0', '1']
    # a new run in the old folder has nothing of the old one
    run(tmp_path / 'b', DisambiguationHook(), {1: EPOCHS[2]}, max_epochs=1)
    new = saved(tmp_path / 'b')['by_epoch']
    assert list(new) == ['0', '1'] and new['1'] == first['2']
    # and a new run that has nothing to tell leaves no file of the old one
    run(tmp_path / 'b', DisambiguationHook(), max_epochs=1, dataset=Voted(gt_score=[0, 1.0, 0]))
    assert not (tmp_path / 'b/disambiguation.json').exists()


def test_resumed_without_or_with_another_file(tmp_path):
    run(tmp_path, DisambiguationHook())
    first = saved(tmp_path)['by_epoch']
    run(tmp_path, DisambiguationHook(num_images=1), resume=tmp_path / 'epoch_1.pth')
    assert list(saved(tmp_path)['by_epoch']) == ['0', '2']
    assert 'is of other images, candidates or chosen images: its epochs are dropped' in log_of(
        tmp_path
    )
    (tmp_path / 'disambiguation.json').unlink()
    run(tmp_path, DisambiguationHook(), resume=tmp_path / 'epoch_1.pth')
    assert saved(tmp_path)['by_epoch'] == {'0': first['0'], '2': first['2']}
    assert 'is missing: it will lack the epochs up to 1' in log_of(tmp_path)


def test_rows_of_images_that_were_not_seen_are_the_first(tmp_path):
    class Blind(Scripted):
        """Never writes image 0."""

        def forward(self, index, mode='tensor'):
            return super().forward([i if i else i + 1 for i in index], mode)

    runner = run(tmp_path, DisambiguationHook(images=[0, 1]), max_epochs=1, model=Blind(EPOCHS))
    assert runner.model.memory.written.tolist() == [False, True, True, True]
    assert np.array(saved(tmp_path)['by_epoch']['1']['chosen']) == pytest.approx(
        np.array([FIRST[0], EPOCHS[1][1]])
    )


def test_averaged_weights_change_nothing(tmp_path):
    run(tmp_path / 'plain', DisambiguationHook())
    run(tmp_path / 'ema', DisambiguationHook(), hooks=[EMAHook(momentum=0.5)])
    assert saved(tmp_path / 'ema') == saved(tmp_path / 'plain')


def test_iterations(tmp_path):
    run(tmp_path, DisambiguationHook(), {1: EPOCHS[1]}, train_cfg=dict(by_epoch=False, max_iters=2))
    assert list(saved(tmp_path)['by_epoch']) == ['0', '2']


def test_another_process_leaves_it_alone(tmp_path, monkeypatch):
    monkeypatch.setattr('mmfer.engine.hooks.disambiguation_hook.is_main_process', lambda: False)
    run(tmp_path, DisambiguationHook())
    assert not (tmp_path / 'disambiguation.json').exists()


@pytest.mark.parametrize(
    'changes, reason',
    [
        (dict(gt_score=None), 'Voted does not tell gt_score of its images'),
        (
            dict(gt_score=None, clean_label=None),
            'does not tell gt_score and clean_label of its images',
        ),
        (dict(gt_score=[1.0, 0, 0]), 'no training image has more than one candidate'),
    ],
)
def test_nothing_to_tell(tmp_path, changes, reason):
    run(tmp_path, DisambiguationHook(), dataset=Voted(**changes))
    assert f'{reason}; no disambiguation.json is written' in log_of(tmp_path)
    assert not (tmp_path / 'disambiguation.json').exists()


def test_no_table(tmp_path):
    model = Scripted(EPOCHS)
    table = model.memory
    del model.memory
    object.__setattr__(model, 'memory', table)  # none of the model's modules
    table.prepare(4)
    run(tmp_path, DisambiguationHook(), model=model)
    assert (
        'keeps no table of confidences (it learns from the given label, or has '
        'fn=None)' in log_of(tmp_path)
    )
    assert not (tmp_path / 'disambiguation.json').exists()


def test_what_is_refused(tmp_path):
    for images in (['4.png'], [4], ['.png']):
        with pytest.raises(ValueError, match='names 0 of the 4 training images'):
            run(tmp_path, DisambiguationHook(images=images))
    with pytest.raises(ValueError, match=r"'7.png' names 4 of the 4"):
        run(tmp_path, DisambiguationHook(images=['7.png']), dataset=Voted(img_path='/x/7.png'))
    with pytest.raises(TypeError, match=r"images=\['0.png'\]"):
        DisambiguationHook(images='0.png')
    with pytest.raises(ValueError, match='num_images=-1'):
        DisambiguationHook(num_images=-1)
    model = Scripted(EPOCHS)
    model.second = LabelMemory(3)
    with pytest.raises(ValueError, match=r'2 tables \(memory, second\)'):
        run(tmp_path, DisambiguationHook(), model=model)
