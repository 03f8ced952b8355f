"""Tests on other data sets: a network that is right by names is, whatever the order of the classes.

Each picture shows what it means by the row that is bright, and the network reads it.
"""

import itertools
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.evaluator import DumpResults
from mmengine.model import BaseModule
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn
from torch.utils.data import DataLoader, Dataset

import mmfer.engine
import mmfer.evaluation
import mmfer.models  # noqa: F401
from mmfer.compat import match_classes
from mmfer.compat.cross_test import adopt_classes
from mmfer.utils.class_names import canonical
from mmfer.utils.labels import given_labels

RAFDB = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
AFFECTNET8 = ('neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'anger', 'contempt')
AFFECTNET7 = AFFECTNET8[:7]
NUMBERS = itertools.count()
MEANINGS = sorted({canonical(name) for name in AFFECTNET8})


class Rows(BaseModule):
    """The brightness of each row."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, inputs):
        return (self.scale * inputs[:, :, : len(MEANINGS)].mean((1, 3)),)


class Pictures(Dataset):
    """Some of each class, the classes by turns."""

    def __init__(self, classes, count):
        self.metainfo, self.means = dict(classes=classes), [*map(canonical, classes)]
        self.labels = [i % len(classes) for i in range(count)]

    def __len__(self):
        return len(self.labels)

    def get_gt_labels(self):
        return np.array(self.labels)

    def __getitem__(self, index):
        label = self.labels[index]
        picture = torch.zeros(3, 10, 10)
        picture[:, MEANINGS.index(self.means[label])] = 10
        sample = DataSample(metainfo=dict(img_path=f'{index}.jpg')).set_gt_label(label)
        return dict(inputs=picture, data_samples=sample)


@pytest.fixture(autouse=True)
def backbone():
    MODELS.register_module(module=Rows, name='RowsOfPictures')
    yield
    MODELS.module_dict.pop('RowsOfPictures')


def settings(count, kind='MultiViewHead', **more):
    head = dict(type=kind, num_classes=count, in_channels=len(MEANINGS), **more)
    name = 'ImageClassifier' if kind == 'LinearClsHead' else 'MultiViewClassifier'
    return dict(type=name, backbone=dict(type='RowsOfPictures'), head=head)


def readout(classes):
    """Weights by which the output of a class is the brightness of its row."""
    weight = torch.zeros(len(classes), len(MEANINGS))
    for i, name in enumerate(classes):
        weight[i, MEANINGS.index(canonical(name))] = 1
    rest = {'head.fc.bias': torch.zeros(len(classes)), 'backbone.scale': torch.ones(1)}
    return {'head.fc.weight': weight, **rest}


@pytest.fixture
def save(tmp_path):
    def write(classes, told='same', state=None):
        meta = {} if told is None else dict(dataset_meta=dict(classes=told))
        if told == 'same':
            meta = dict(dataset_meta=dict(classes=classes))
        path = tmp_path / 'epoch_1.pth'
        torch.save(dict(state_dict=state or readout(classes), meta=dict(meta, epoch=1)), path)
        return str(path)

    return write


@pytest.fixture
def make(tmp_path):
    """Returns a function: a runner that tests on ``count`` pictures of some classes."""

    def build(classes, count=17, path=None, metrics=(), model=None, phase='test', **options):
        data = Pictures(classes, count)
        model = model or settings(len(classes))
        loader = dict(
            batch_size=4,
            num_workers=0,
            dataset=data,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate'),
        )
        parts = {f'{phase}_dataloader': options.pop('loader', loader), f'{phase}_cfg': dict()}
        parts[f'{phase}_evaluator'] = [
            dict(type='Accuracy'),
            dict(type='MeanClassAccuracy'),
            dict(type='ConfusionMatrix'),
            *metrics,
        ]
        more = {k: options.pop(k) for k in ('custom_hooks', 'train') if k in options}
        parts.update(more.pop('train', {}), **more)
        return Runner(
            model=model,
            work_dir=str(tmp_path / f'run_{next(NUMBERS)}'),
            default_scope='mmpretrain',
            load_from=path,
            experiment_name=f'cross_{next(NUMBERS)}',
            cfg=Config(dict(model=model, **options)),
            **parts,
        )

    return build


def logged(runner):
    """What the run wrote into its log, a record an entry."""
    (path,) = Path(runner.work_dir).glob('*/*.log')
    text = path.read_text()
    return re.split(r'\n(?=\d{4}/\d\d/\d\d )', text)


# checkpoint, data set, tested of 17
PAIRS = dict(
    same=(RAFDB, RAFDB, 17),
    order=(RAFDB, tuple(reversed(RAFDB)), 17),
    synonyms=(RAFDB, AFFECTNET7, 17),
    same_order=(AFFECTNET7, ('Neutral', 'Happiness', *AFFECTNET7[2:]), 17),
    more=(RAFDB, AFFECTNET8, 15),
    fewer=(AFFECTNET8, RAFDB, 17),
    both=(AFFECTNET8[1:], AFFECTNET7, 14),
)


@pytest.mark.parametrize('kind', ['MultiViewHead', 'LinearClsHead'])
@pytest.mark.parametrize('name', PAIRS)
def test_right_by_names(name, kind, make, save, tmp_path):
    theirs, ours, tested = PAIRS[name]
    out = tmp_path / 'out.pkl'
    runner = make(ours, path=save(theirs), model=settings(len(ours), kind))
    runner.test_loop.evaluator.metrics.append(DumpResults(str(out)))
    metrics = runner.test()
    assert metrics['accuracy/top1'] == metrics['accuracy/mean_class'] == 100
    assert len(runner.model.head.fc.weight) == len(theirs)
    counts = metrics['confusion_matrix/result']
    assert counts.shape == (len(ours),) * 2 and counts.trace() == counts.sum() == tested
    assert (metrics.get('images/tested'), metrics.get('images/left_out')) == (
        (tested, 17 - tested) if tested < 17 else (None, None)
    )
    rows = pickle.loads(out.read_bytes())
    assert len(rows) == tested
    known = [canonical(one) for one in theirs]
    for row in rows:
        assert row['pred_label'] == row['gt_label'] and row['pred_score'].shape == (len(ours),)
        assert float(row['pred_score'].sum()) == pytest.approx(1)
        zeros = [ours[i] for i in np.flatnonzero(row['pred_score'].numpy() == 0)]
        assert [canonical(one) in known for one in zeros] == [False] * len(zeros)
    tables = [line for line in logged(runner) if 'matched by name' in line]
    assert len(tables) == (name != 'same')
    if tables:
        level = 'WARNING' if tested < 17 or name == 'fewer' else 'INFO'
        assert 'epoch_1.pth' in tables[0] and f'- {level} -' in tables[0]
        for i, one in enumerate(theirs):
            assert f'{i} {one}' in tables[0]
    assert not runner.model.head._forward_hooks


def test_by_position_it_would_be_wrong(make, save):
    runner = make(AFFECTNET7, path=save(RAFDB, told=None))
    assert runner.test()['accuracy/top1'] < 50
    (line,) = [line for line in logged(runner) if 'does not tell its classes' in line]
    assert '- WARNING -' in line and 'by position' in line and 'checkpoint_classes=' in line
    runner = make(AFFECTNET7, path=save(RAFDB, told=None), checkpoint_classes=list(RAFDB))
    assert runner.test()['accuracy/top1'] == 100


def test_the_same_order_is_the_host_s_to_the_bit(make, save):
    state = {k: torch.randn_like(v) for k, v in readout(RAFDB).items()}
    runner = make(RAFDB, path=save(RAFDB, state=state))
    head, loop = runner.model.head, runner.test_loop
    assert loop.crossing[1] is None and isinstance(loop.dataloader.dataset, Pictures)
    runner.test()
    assert runner.model.head is head and not head._forward_hooks
    pictures = torch.stack([loop.dataloader.dataset[i]['inputs'] for i in range(17)])
    assert torch.equal(runner.model(pictures), head.fc(runner.model.backbone(pictures)[0]))


def test_an_impossible_score_does_not_win(make, save):
    """Of a class that is left out, above all others by more than float32 holds."""
    state = readout(AFFECTNET8)
    state['head.fc.bias'][7] = 500
    assert make(RAFDB, path=save(AFFECTNET8, state=state)).test()['accuracy/top1'] == 100


def test_more_outputs_without_names_stay_refused(make, save):
    with pytest.raises(ValueError, match='classifier has 7 classes, the model 8.*checkpoint_class'):
        make(AFFECTNET8, path=save(RAFDB, told=None)).test()
    with pytest.raises(ValueError, match='has 7 outputs; the data set has 8 classes'):
        make(AFFECTNET8, path=save(RAFDB, told=None), model=settings(7)).test()
    runner = make(AFFECTNET8, path=save(RAFDB, told=None), checkpoint_classes=RAFDB)
    assert runner.test()['accuracy/top1'] == 100
    with pytest.raises(ValueError, match='checkpoint_classes names 3 classes.* has 7'):
        make(AFFECTNET8, path=save(RAFDB), checkpoint_classes=RAFDB[:3]).test()


def test_another_width_is_no_number_of_classes(make, save):
    """Of 8 classes for 8 or 7, in a network that is wider."""
    wide = {**readout(AFFECTNET8), 'head.fc.weight': torch.zeros(8, 99)}
    for classes in (AFFECTNET8, RAFDB):
        runner = make(classes, path=save(AFFECTNET8, state=wide))
        with pytest.raises(ValueError, match='tensors have another shape') as error:
            runner.test()
        assert 'its classifier' not in str(error.value) and 'num_classes' not in str(error.value)
        told = [line for line in logged(runner) if 'classifier' in line or 'by position' in line]
        assert not told


def test_names_that_are_fewer_than_the_outputs(make, save):
    """Once written by runs whose head had another number than the data."""
    runner = make(RAFDB, path=save(RAFDB, told=RAFDB[:6]))
    assert runner.test()['accuracy/top1'] == 100
    assert [line for line in logged(runner) if 'names 6 classes for 7 outputs' in line]


@pytest.mark.parametrize(
    'names, match',
    [
        (tuple('1234567'), 'none of the names are the same'),
        (('joyful' if one == 'happiness' else one for one in RAFDB), 'have no partner'),
        (('happy', 'joy', *RAFDB[2:]), 'mean the same'),
    ],
)
def test_names_that_nobody_knows(names, match, make, save):
    path = save(RAFDB, told=tuple(names))
    with pytest.raises(ValueError, match=f'{match}.*checkpoint_classes=NAME'):
        make(AFFECTNET7, path=path).test()
    runner = make(AFFECTNET7, path=path, checkpoint_classes=RAFDB)
    assert runner.test()['accuracy/top1'] == 100


def test_by_hand_and_by_a_loader(make, save):
    runner = make(AFFECTNET8, model=settings(7))
    runner.load_checkpoint(save(RAFDB))
    assert runner.test()['accuracy/top1'] == 100
    data = Pictures(AFFECTNET8, 17)
    loader = DataLoader(data, batch_size=3, collate_fn=default_collate)
    runner = make(AFFECTNET8, path=save(RAFDB), loader=loader)
    assert runner.test()['images/left_out'] == 2
    assert set(given_labels(runner.test_loop.dataloader.dataset)) == set(range(7))


def test_validation_alone_and_twice(make, save):
    runner = make(AFFECTNET8, path=save(RAFDB), phase='val')
    assert runner.val()['accuracy/top1'] == runner.val()['accuracy/top1'] == 100
    assert len([line for line in logged(runner) if 'matched by name' in line]) == 1


def training(data):
    return dict(
        train_dataloader=dict(
            batch_size=14,
            num_workers=0,
            dataset=data,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=6),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.5)),
    )


def test_while_training(make):
    """Validated on another data set; training sees no mapped output."""
    train = training(Pictures(RAFDB, 14))
    runner = make(AFFECTNET8, model=settings(7, 'LinearClsHead'), phase='val', train=train)
    runner.train()
    found = runner.val()
    assert found['accuracy/top1'] == 100 and found['images/left_out'] == 2


def test_while_training_with_other_names(make):
    """Folders called 1 to 7 go by position where they are as many, else nobody can tell."""
    data = Pictures(RAFDB, 14)
    data.metainfo = dict(classes=tuple('1234567'))
    runner = make(RAFDB, model=settings(7), phase='val', train=training(data))
    runner.train()
    (line,) = [line for line in logged(runner) if 'by position' in line]
    assert '- WARNING -' in line and 'of the one that is validated on alike' in line
    with pytest.raises(ValueError, match='the training set has the classes .* alike'):
        make(AFFECTNET8, model=settings(7), phase='val', train=training(data)).train()


class Twice(Pictures):
    """As a test-time augmentation gives them."""

    def __getitem__(self, index):
        one, other = super().__getitem__(index), super().__getitem__(index)
        return {key: [one[key], other[key]] for key in one}


def test_augmented_tests(make, save):
    model = dict(type='AverageClsScoreTTA', module=settings(8))
    loader = dict(
        batch_size=4,
        num_workers=0,
        dataset=Twice(AFFECTNET8, 17),
        sampler=dict(type='DefaultSampler', shuffle=False),
    )
    runner = make(AFFECTNET8, path=save(RAFDB), model=model, loader=loader)
    found = runner.test()
    assert found['accuracy/top1'] == 100 and found['images/tested'] == 15
    assert len(runner.model.module.head.fc.weight) == 7


def test_an_average_is_copied_after(make, save):
    hooks = [dict(type='EMAHook')]
    runner = make(AFFECTNET8, path=save(RAFDB), custom_hooks=hooks)
    assert runner.test()['accuracy/top1'] == 100


def test_a_mean_that_counts_empty_classes_is_told_of(make, save):
    metric = dict(type='SingleLabelMetric')
    runner = make(AFFECTNET8, path=save(RAFDB), metrics=[metric])
    runner.test()
    assert [line for line in logged(runner) if "average=macro count 'contempt' as 0" in line]


def test_all_images_left_out(make, save):
    data = Pictures(AFFECTNET8, 2)
    data.labels = [7, 7]
    loader = DataLoader(data, collate_fn=default_collate)
    with pytest.raises(ValueError, match='all 2 images are of classes that the network lacks'):
        make(AFFECTNET8, path=save(RAFDB), loader=loader).test()


def test_a_model_without_a_head_of_its_own(make, save, monkeypatch):
    """That predicts in its own way: mapped where it calls itself, else refused."""
    runner = make(AFFECTNET7, path=save(RAFDB))
    head = runner.model.head
    monkeypatch.setattr(
        head,
        'predict',
        lambda feats, samples: [s.set_pred_score(torch.ones(7) / 7) for s in samples],
    )
    with pytest.raises(RuntimeError, match='predicts without calling its head'):
        runner.test()


def test_adopting_a_classifier():
    model = MODELS.build({**settings(8), '_scope_': 'mmpretrain'})
    state = readout(RAFDB)
    for names, config in ((None, settings(8)), (RAFDB[:3], settings(8)), (RAFDB, None)):
        assert not adopt_classes(model, config, state, names, 'a.pth')
        assert model.head.num_classes == 8
    assert adopt_classes(model.train(), settings(8), state, RAFDB, 'a.pth')
    assert model.head.num_classes == 7 and model.head.training
    assert not adopt_classes(model, settings(8), state, RAFDB, 'a.pth')


def test_it_is_in_place():
    assert match_classes()
