"""A checkpoint fits the model, or is refused, on every way in."""

import logging
import pickle

import mmengine.logging
import mmengine.runner.checkpoint as host
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.model import BaseModel, BaseModule
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint
from mmpretrain import get_model
from mmpretrain.registry import MODELS
from torch import nn
from torch.utils.data import DataLoader

import mmfer.models  # noqa: F401
from mmfer.compat import name_files_without_weights, refuse_misfits
from mmfer.models.memories import LabelMemory


def backbone(depth=18, width=8, **more):
    return dict(
        type='ResNet',
        depth=depth,
        stem_channels=width,
        base_channels=width,
        out_indices=(3,),
        zero_init_residual=False,
        **more,
    )


def config(classes=7, depth=18, width=8, channels=64, kind='LinearClsHead', head=None, **more):
    head = dict(dict(type=kind, num_classes=classes, in_channels=channels), **(head or {}))
    model = dict(
        type='MultiViewClassifier' if kind != 'LinearClsHead' else 'ImageClassifier',
        backbone=backbone(depth, width),
        neck=dict(type='GlobalAveragePooling'),
        head=head,
        **more,
    )
    return ConfigDict(model)


def build(*args, **kwargs):
    return MODELS.build({**config(*args, **kwargs), '_scope_': 'mmpretrain'})


@pytest.fixture
def save(tmp_path):
    def write(model, name='epoch_3.pth', **more):
        state = model if isinstance(model, dict) else model.state_dict()
        path = tmp_path / name
        torch.save(dict(dict(state_dict=state, meta=dict(epoch=3, iter=6)), **more), path)
        return str(path)

    return write


@pytest.fixture
def said(monkeypatch):
    lines = []

    def note(text, logger=None, level=logging.INFO):
        if level >= logging.WARNING:
            lines.append(text)

    monkeypatch.setattr(mmengine.logging, 'print_log', note)
    return lines


class Images(torch.utils.data.Dataset):
    metainfo = dict(classes=tuple('abcdefg'))

    def __len__(self):
        return 2

    def __getitem__(self, index):
        from mmpretrain.structures import DataSample

        sample = DataSample().set_gt_label(index)
        return dict(inputs=torch.zeros(3, 32, 32), data_samples=sample)


def runner(model, path, folder, resume=False):
    from mmengine.dataset import pseudo_collate

    loader = DataLoader(Images(), batch_size=2, collate_fn=pseudo_collate)
    return Runner(
        model=model,
        work_dir=str(folder),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=4 if resume else 1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
        test_dataloader=loader,
        test_cfg=dict(),
        test_evaluator=dict(type='Accuracy'),
        default_scope='mmpretrain',
        load_from=path,
        resume=resume,
        experiment_name=f'loading_{folder.name}_{resume}',
    )


WAYS = dict(
    load_checkpoint=lambda model, path, folder: load_checkpoint(model(), path),
    strict=lambda model, path, folder: load_checkpoint(model(), path, strict=True),
    test=lambda model, path, folder: runner(model(), path, folder).test(),
    resume=lambda model, path, folder: runner(model(), path, folder, True).train(),
)
MISFITS = dict(
    classes=(dict(classes=8), 'its classifier has 7 classes, the model 8; 2 of .*head.fc.weight'),
    wider=(dict(width=16, channels=128), 'tensors have another shape: backbone.conv1.weight'),
    deeper=(dict(depth=34), 'missing in it are 80: .*probably a ResNet-18, the model a ResNet-34'),
    shallower=(
        None,
        'blocks that the model lacks, .*backbone.layer1.2.*ResNet-34, the .*ResNet-18',
    ),
    bottleneck=(dict(depth=50, channels=256), 'another shape.*ResNet-18, the model a ResNet-50'),
    head=(dict(kind='LabelQueryHead', head=dict(heads=2)), 'head.blocks'),
)


@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('misfit', MISFITS)
def test_what_does_not_fit_is_refused(misfit, way, save, tmp_path):
    settings, told = MISFITS[misfit]
    path = save(build(depth=34) if settings is None else build())
    with pytest.raises(ValueError, match=f'epoch_3.pth does not fit the model: .*{told}') as error:
        WAYS[way](lambda: build(**(settings or {})), path, tmp_path / 'run')
    text = str(error.value)
    assert '\n' not in text and 'config' in text
    if misfit == 'classes' and way != 'resume':
        assert text.endswith('or set model.head.num_classes=7')


@pytest.mark.parametrize('way', WAYS)
def test_what_fits_loads(way, save, tmp_path, said):
    source = build()
    path = save(source, meta=dict(epoch=3, iter=6, dataset_meta=Images.metainfo))
    if way == 'resume':
        runner(source, path, tmp_path / 'before').train()
        path = str(tmp_path / 'before/epoch_1.pth')
    models = [build()]
    WAYS[way](lambda: models[0], path, tmp_path / 'run')
    for name, value in models[0].state_dict().items():
        if 'running' not in name and 'num_batches' not in name:
            assert torch.equal(value, source.state_dict()[name]), name
    assert not [line for line in said if path in line]


def test_get_model(save):
    path = save(build(), 'w.pth')
    assert get_model(Config(dict(model=config())), pretrained=path)
    with pytest.raises(ValueError, match='w.pth does not fit the model: its classifier has 7'):
        get_model(Config(dict(model=config(8))), pretrained=path)
    # features alone
    assert get_model(Config(dict(model=config())), pretrained=path, head=None).head is None


def test_bare_and_wrapped_names(save):
    state = build().state_dict()
    torch_like = {f'module.{k}': v for k, v in state.items()}
    load_checkpoint(build(), save(torch_like))
    without = {k: v for k, v in state.items() if 'num_batches_tracked' not in k}
    load_checkpoint(build(), save(without))
    for name in ('backbone.bn1.running_mean', 'head.fc.bias'):
        with pytest.raises(ValueError, match=f'missing in it are 1: {name}'):
            load_checkpoint(build(), save({k: v for k, v in state.items() if k != name}))


def test_what_cannot_be_copied_is_told(save):
    class Odd(BaseModel):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.register_buffer('part', torch.ones(2).expand(3, 2))  # its rows are one memory

        def forward(self, *args, **kwargs):
            return None

    state = {k: v.clone() for k, v in Odd().state_dict().items()}
    with pytest.raises(ValueError, match='epoch_3.pth cannot be loaded: While copying .* "part"'):
        load_checkpoint(Odd(), save(state))


def test_files_without_names(save, tmp_path):
    with pytest.raises(ValueError, match='it holds no tensors by name; a checkpoint of a run has'):
        load_checkpoint(build(), save({'meta': 3}))
    bare = {k.removeprefix('backbone.'): v for k, v in build().state_dict().items()}
    del bare['head.fc.weight'], bare['head.fc.bias']
    with pytest.raises(ValueError, match=r"none of its tensors does: they are \['conv1.weight"):
        load_checkpoint(build(), save(bare))


def test_a_test_needs_no_companions(save, said):
    heads = dict(kind='PartialLabelHead', head=dict(confidence=dict(fn='revise')))
    source = build(peer={}, kind='CoTeachingHead')
    path = save(source)
    load_checkpoint(build(), path)
    load_checkpoint(build(kind='MultiViewHead'), path)
    load_checkpoint(build(peer={}, kind='CoTeachingHead'), save(build()))
    table = build(**heads)
    for module in table.modules():
        if isinstance(module, LabelMemory):
            module.prepare(5)
    load_checkpoint(build(), save(table))
    load_checkpoint(build(**heads), save(table))
    load_checkpoint(build(**heads), save(build()))
    assert said == []


def test_a_resumed_run_needs_its_peer(save, tmp_path):
    for theirs, ours, told in (
        (build(), build(peer={}, kind='CoTeachingHead'), 'missing in it are .*peer.backbone'),
        (build(peer={}, kind='CoTeachingHead'), build(), 'left over in it are .*peer.backbone'),
    ):
        with pytest.raises(ValueError, match=f'{told}.*start anew from its weights by load_from'):
            runner(ours, save(theirs), tmp_path / 'run', True).train()


def test_what_a_head_has_besides_is_told(save, said):
    path = save(dict(build().state_dict(), **{'head.project.weight': torch.ones(2)}))
    load_checkpoint(build(), path)
    assert said == [f'{path}: left over in it are 1: head.project.weight']


def test_what_a_backbone_has_besides_is_refused(save):
    for name, told in (
        ('backbone.norm.weight', 'left over in it are 1: backbone.norm'),
        ('backbone.layer1.0.se.weight', 'its blocks have parts that those of the model lack'),
    ):
        with pytest.raises(ValueError, match=told):
            load_checkpoint(build(), save({**build().state_dict(), name: torch.ones(2)}))
    load_checkpoint(build(), save({**build().state_dict(), 'backbone.mask_token': torch.ones(2)}))


class TestFineTuning:
    def test_another_head(self, save, tmp_path, said):
        source, model = build(), build(8)
        runner(model, save(source), tmp_path / 'run').train()
        assert torch.equal(model.backbone.conv1.weight, source.backbone.conv1.weight)
        assert len(model.head.fc.weight) == 8
        (line,) = [line for line in said if 'not loaded' in line]
        assert 'its classifier has 7 classes, the model 8' in line and 'head.fc.weight' in line

    def test_an_encoder_alone(self, save, tmp_path, said):
        state = {k: v for k, v in build().state_dict().items() if k.startswith('backbone.')}
        runner(build(), save(dict(state, neck=torch.ones(1))), tmp_path / 'run').train()
        (line,) = [line for line in said if 'not loaded' in line]
        assert 'missing in it are 2: head.fc (2); left over in it are 1: neck' in line

    @pytest.mark.parametrize('misfit', ['wider', 'deeper', 'shallower', 'bottleneck'])
    def test_another_backbone(self, misfit, save, tmp_path):
        settings, told = MISFITS[misfit]
        path = save(build(depth=34) if settings is None else build())
        if misfit == 'deeper':
            settings = dict(depth=152, channels=256)
            told = 'another shape'
        with pytest.raises(ValueError, match=f'{told}.*or leave load_from out'):
            runner(build(**(settings or {})), path, tmp_path / 'run').train()

    def test_nothing_of_the_backbone(self, save, tmp_path):
        state = {k: v for k, v in build().state_dict().items() if k.startswith('head.')}
        with pytest.raises(ValueError, match='missing in it are 1[0-9][0-9]: backbone.conv1'):
            runner(build(), save(state), tmp_path / 'run').train()


class TestPretrained:
    """``init_cfg=dict(type='Pretrained')``: a part of a file for a part of a model."""

    def init(self, path, model=None, **more):
        model = model or config(8)
        model.backbone.init_cfg = dict(type='Pretrained', checkpoint=path, **more)
        made = MODELS.build({**model, '_scope_': 'mmpretrain'})
        made.init_weights()
        return made

    def test_a_part(self, save):
        source = build()
        for made in (
            self.init(save(source), prefix='backbone'),
            self.init(save(source.backbone.state_dict())),
            self.init(save(build(depth=34)), prefix='backbone'),
        ):
            assert made.head.num_classes == 8
        model = config(8)
        model.init_cfg = dict(type='Pretrained', checkpoint=save(source))
        made = MODELS.build({**model, '_scope_': 'mmpretrain'})
        made.init_weights()
        assert torch.equal(made.backbone.conv1.weight, source.backbone.conv1.weight)

    def test_nothing_matched(self, save):
        with pytest.raises(
            ValueError, match=r'does not fit ResNet: none of its tensors does: they'
        ):
            self.init(save(build()))
        with pytest.raises(ValueError, match='none of its tensors'):
            self.init(save({'net.a': torch.ones(1), 'net.b': torch.ones(1)}), prefix='net')


def test_other_modules_load_as_ever(save):
    """Parts of models, and what users load by hand into modules of their own."""

    class Part(BaseModule):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

    load_checkpoint(Part(), save({'other': torch.ones(1)}))
    load_checkpoint(nn.Linear(1, 1), save({'weight': torch.ones(1, 1)}))

    class Whole(BaseModel):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, *args, **kwargs):
            return None

    with pytest.raises(ValueError, match='none of its tensors does'):
        load_checkpoint(Whole(), save({'other': torch.ones(1)}))


def test_files_without_weights(tmp_path):
    path = tmp_path / 'w.pth'
    path.write_text('version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n')
    for load in (
        lambda: CheckpointLoader.load_checkpoint(str(path)),
        lambda: load_checkpoint(build(), str(path)),
        lambda: runner(build(), str(path), tmp_path / 'run').test(),
    ):
        with pytest.raises(ValueError, match=r'w\.pth holds no weights; it is a Git LFS pointer'):
            load()


@pytest.mark.parametrize('legacy', [False, True])
def test_damaged_files_are_named(tmp_path, legacy):
    path = tmp_path / 'w.pth'
    torch.save(
        dict(state_dict=build().state_dict()), path, _use_new_zipfile_serialization=not legacy
    )
    whole = path.read_bytes()
    load_checkpoint(build(), str(path))
    for place in (len(whole) * part // 9 for part in range(1, 9)):
        for content in (whole[:place], whole[:place] + b'\0\0\0' + whole[place:]):
            path.write_bytes(content)
            with pytest.raises(
                (ValueError, pickle.UnpicklingError), match=r'w\.pth( is damaged| holds no|: )'
            ):
                load_checkpoint(build(), str(path))


def test_made_once():
    assert refuse_misfits() and name_files_without_weights()
    assert not hasattr(host._load_checkpoint_to_model.__wrapped__, '__wrapped__')
