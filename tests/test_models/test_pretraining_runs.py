"""The real pre-training configs in a Runner: tiny, cut, resumed."""

import itertools
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from pretraining import TINY

from mmfer.engine.config import set_dataloader_defaults

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
CONFIGS = {
    'maskfeat-mae_vit-t_fer_600e.py': dict(neck=dict(decoder_embed_dim=16, decoder_num_heads=2)),
    'maskfeat-mae_vit-b_fer_600e.py': dict(
        backbone=dict(masking='blocks'), neck=dict(decoder_embed_dim=16, decoder_num_heads=2)
    ),
    'maskfeat_vit-t_fer_600e.py': dict(),
    'simmim_vit-b_fer_800e.py': dict(neck=dict(in_channels=24)),
    'mocov3_vit-b_fer_300e.py': dict(
        neck=dict(in_channels=24, hid_channels=16, out_channels=8),
        head=dict(predictor=dict(in_channels=8, hid_channels=16, out_channels=8)),
    ),
    'mocov2_r18_fer_200e.py': dict(queue_len=16),
}


class Cut(Exception):
    """Ends a run."""


class CutHook(Hook):
    """In the second step of an epoch; and keeps losses."""

    def __init__(self, epoch=None):
        self.epoch, self.losses = epoch, []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses.append(float(outputs['loss'].detach()))
        if runner.epoch == self.epoch and batch_idx == 1:
            raise Cut


@pytest.fixture
def start(faces, tmp_path):
    """Returns a function: a Runner of 2 epochs, two batches of 4 of the 9 faces each (drop_last),
    from a config of ours."""

    def build(name, folder, cut=None, load_from=None):
        cfg = Config.fromfile(ROOT / 'configs/pretrain' / name)
        cfg.train_dataloader.update(batch_size=4, num_workers=0, drop_last=True)
        cfg.train_dataloader.dataset.datasets = [
            dict(type='RAFDB', data_root=str(faces), split='train')
        ]
        cfg.merge_from_dict(dict(image_size=32))
        if cfg.model.backbone.type == 'ResNet':
            cfg.model.backbone.update(base_channels=8, stem_channels=8)
            cfg.model.neck.update(in_channels=64, hid_channels=8)
        else:
            cfg.model.backbone.update(arch=TINY)
        cfg.merge_from_dict(dict(model=CONFIGS[name]))
        cfg.train_cfg.max_epochs = 2
        cfg.default_hooks.checkpoint.interval = 1
        cfg.work_dir = str(tmp_path / folder)
        cfg.experiment_name = f'pretraining_{next(NUMBERS)}'
        cfg.load_from, cfg.resume = load_from and str(load_from), load_from is not None
        set_dataloader_defaults(cfg)
        runner = Runner.from_cfg(cfg)
        runner.cut = CutHook(cut)
        runner.register_hook(runner.cut, priority='VERY_LOW')
        return runner

    return build


def state(path):
    return torch.load(path, weights_only=True)


@pytest.mark.parametrize('name', CONFIGS)
def test_a_run_that_was_cut_equals_one_that_was_not(name, start, tmp_path):
    straight = start(name, 'straight')
    straight.train()
    assert len(straight.cut.losses) == 4
    assert all(abs(loss) < 100 for loss in straight.cut.losses)

    with pytest.raises(Cut):
        start(name, 'cut', cut=1).train()
    assert not (tmp_path / 'cut/epoch_2.pth').exists()
    resumed = start(name, 'cut', load_from=tmp_path / 'cut/epoch_1.pth')
    resumed.train()
    assert resumed.cut.losses == straight.cut.losses[2:]
    one, other = (state(tmp_path / folder / 'epoch_2.pth') for folder in ('straight', 'cut'))
    assert list(one['state_dict']) == list(other['state_dict'])
    for key, value in one['state_dict'].items():
        assert torch.equal(value, other['state_dict'][key]), key
    # which data, without a data set to validate on
    (record,) = one['meta']['data']['train']
    assert record['split'] == 'RAF-DB train' and record['images'] == 9
    assert one['meta']['data'].keys() == {'train'}


def test_an_encoder_goes_from_a_run_into_a_classifier(start, tmp_path):
    from mmpretrain.registry import MODELS

    start('maskfeat-mae_vit-t_fer_600e.py', 'run').train()
    path = tmp_path / 'run/epoch_2.pth'
    model = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(
                type='VisionTransformer',
                arch=TINY,
                img_size=64,
                patch_size=16,
                out_type='avg_featmap',
                final_norm=False,
                init_cfg=dict(type='EncoderWeights', checkpoint=str(path)),
            ),
            head=dict(type='LinearClsHead', num_classes=7, in_channels=24),
        )
    )
    model.init_weights()
    trained = state(path)['state_dict']
    assert torch.equal(
        model.backbone.layers[1].attn.qkv.weight, trained['backbone.layers.1.attn.qkv.weight']
    )
    assert model(torch.randn(2, 3, 64, 64)).shape == (2, 7)


def test_a_loss_that_is_no_number_names_the_faces(start):
    runner = start('maskfeat-mae_vit-t_fer_600e.py', 'nan')
    with torch.no_grad():
        next(runner.model.neck.parameters()).fill_(float('nan'))
    runner.model.init_weights = lambda: None
    with pytest.raises(FloatingPointError, match=r'loss = nan in epoch 1.*\n.*train_0000'):
        runner.train()
