"""Every leaf of configs/pretrain builds, takes a step, and fits together."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, default_collate
from mmengine.logging import MessageHub
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS, TRANSFORMS

from mmfer.engine.benchmarks import read_rows

FOLDER = Path(__file__).parents[1] / 'configs/pretrain'
LEAVES = sorted(FOLDER.glob('*.py'))
ROWS = {row.name: row for row in read_rows(FOLDER.parent / 'benchmarks/pretraining.yml')}


def load(name):
    cfg = Config.fromfile(FOLDER / name)
    init_default_scope(cfg.default_scope)
    return cfg


def shallow(model):
    """One of equal layers each; all widths stay."""
    if model.backbone.type != 'ResNet':
        arch = model.backbone.arch
        sizes = MODELS.get('VisionTransformer').arch_zoo[arch] if isinstance(arch, str) else arch
        model.backbone.arch = dict(sizes, num_layers=1)
    if 'decoder_depth' in model.get('neck', {}):
        model.neck.decoder_depth = 1
    return model


@pytest.mark.parametrize('path', LEAVES, ids=lambda p: p.stem)
def test_leaf(path):
    step(load(path), views=2 if 'moco' in path.stem else 1)


@pytest.mark.parametrize('name', ROWS)
def test_row_takes_a_step(name):
    cfg = ROWS[name].load()
    init_default_scope(cfg.default_scope)
    step(cfg, views=1)


def step(cfg, views):
    """One training step on tiny fake data."""
    number = views
    pipeline = Compose(
        [TRANSFORMS.build(step) for step in cfg.train_dataloader.dataset.pipeline[1:]]
    )
    rng = np.random.default_rng(0)
    items = [
        pipeline(
            dict(
                img=rng.integers(0, 256, (48, 40, 3), dtype=np.uint8),
                sample_idx=i,
                img_path=f'{i}.png',
            )
        )
        for i in range(2)
    ]
    batch = default_collate(items)
    size = cfg.model.backbone.get('img_size', 224)
    views = batch['inputs'] if isinstance(batch['inputs'], list) else [batch['inputs']]
    assert len(views) == number
    assert all(view.shape == (2, 3, size, size) for view in views)

    torch.manual_seed(0)
    model = MODELS.build(shallow(cfg.model))
    model.init_weights()
    MessageHub.get_current_instance().update_info('max_iters', 10)  # MoCo v3's average
    data = model.data_preprocessor(batch, training=True)
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    assert torch.isfinite(loss)
    loss.backward()
    without = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


@pytest.mark.parametrize('path', LEAVES, ids=lambda p: p.stem)
def test_settings_belong_together(path):
    cfg = load(path)
    assert cfg.train_dataloader.batch_size == cfg.total_batch_size
    assert cfg.auto_scale_lr.base_batch_size == cfg.total_batch_size
    schedule = cfg.param_scheduler
    if isinstance(schedule, list):
        warmup, cosine = schedule
        assert warmup.end == cosine.begin and cosine.T_max == cosine.end - cosine.begin
        assert cosine.end == cfg.train_cfg.max_epochs
    else:
        assert schedule.T_max == schedule.end == cfg.train_cfg.max_epochs
    if 'queue_len' in cfg.model:
        assert cfg.model.queue_len % cfg.total_batch_size == 0
    assert cfg.default_hooks.checkpoint.save_best is None
    assert cfg.get('val_dataloader') is None and cfg.get('val_cfg') is None
    number = [
        int(part[:-1])
        for part in path.stem.split('_')
        if part.endswith('e') and part[:-1].isdigit()
    ]
    assert number in ([], [cfg.train_cfg.max_epochs])


@pytest.mark.parametrize('path', LEAVES, ids=lambda p: p.stem)
def test_faces_are_for_training(path):
    """What UnlabelledFER refuses stands in no config; nothing is overlooked."""
    dataset = load(path).train_dataloader.dataset
    assert dataset.type == 'UnlabelledFER' and dataset.copies == 'drop'
    names = [part.type for part in dataset.datasets]
    assert names == (['FERPlus'] if 'ferplus' in path.stem else ['RAFDB', 'FERPlus', 'AffectNet'])
    for part in dataset.datasets:
        kind = DATASETS.get(part.type)
        assert part.split in kind.TRAIN_SPLITS and 'noise' not in part
    if 'small' in path.stem:  # compared on Valid
        assert dataset.datasets[0].split == 'train'
    assert dataset.pipeline[1].type == 'CropFaceBox'


def test_roots_come_from_the_environment(monkeypatch):
    for name in ('RAFDB', 'FERPLUS', 'AFFECTNET'):
        monkeypatch.setenv(f'{name}_ROOT', f'/faces/{name}')
    parts = load('maskfeat-mae_vit-b_fer_600e.py').train_dataloader.dataset.datasets
    assert [part.data_root for part in parts] == [
        '/faces/RAFDB',
        '/faces/FERPLUS',
        '/faces/AFFECTNET',
    ]
    small = load('maskfeat-mae_vit-t_ferplus_small.py').train_dataloader.dataset.datasets
    assert [part.data_root for part in small] == ['/faces/FERPLUS']


def test_published_settings():
    """Of the text; then of the paper's table, lr for each 256 (SimMIM: 512)."""
    for vit, width, heads in (('b', 768, 12), ('s', 384, 6), ('t', 192, 3)):
        full = load(f'maskfeat-mae_vit-{vit}_fer_600e.py')
        for epochs, cfg in ((600, full), (300, ROWS[f'vit-{vit}-300e'].load())):
            optimizer = cfg.optim_wrapper.optimizer
            assert (optimizer.type, optimizer.lr, optimizer.betas, optimizer.weight_decay) == (
                'AdamW',
                2e-4,
                (0.9, 0.999),
                0.05,
            )
            assert cfg.optim_wrapper.clip_grad == dict(max_norm=0.02)
            assert cfg.total_batch_size == 192 and cfg.train_cfg.max_epochs == epochs
            assert cfg.param_scheduler[0].end == 30
            arch = cfg.model.backbone.arch
            assert (
                arch.embed_dims,
                arch.num_layers,
                arch.num_heads,
                arch.feedforward_channels,
            ) == (width, 12, heads, 4 * width)
            assert cfg.model.backbone.mask_ratio == 0.4 and cfg.model.neck.decoder_depth == 2
            assert cfg.model.backbone.masking == 'uniform'
            assert cfg.model.backbone.img_size == 224 and cfg.model.backbone.patch_size == 16
    rows = {
        'table': (1024, 2.5e-5 * 4, 40, 0.85),
        'table-tokens': (1024, 2.5e-5 * 4, 40, 0.85),
        'mae_vit-b_fer_600e.py': (1024, 1.5e-4 * 4, 40, 0.85),
        'simmim_vit-b_fer_800e.py': (1024, 1.5e-4 * 2, 10, 0.75),
    }
    for name, (batch, lr, warmup, ratio) in rows.items():
        cfg = ROWS[name].load() if name in ROWS else load(name)
        assert cfg.total_batch_size == batch == cfg.train_dataloader.batch_size
        assert cfg.optim_wrapper.optimizer.lr == pytest.approx(lr)
        assert cfg.param_scheduler[0].end == warmup
        mask = [
            step
            for step in cfg.train_dataloader.dataset.pipeline
            if step.type == 'SimMIMMaskGenerator'
        ]
        given = (
            mask[0].mask_ratio
            if mask
            else cfg.model.get('mask_ratio', cfg.model.backbone.get('mask_ratio'))
        )
        assert given == ratio
    for name in ('mae_vit-b_fer_600e.py', 'simmim_vit-b_fer_800e.py'):
        assert load(name).optim_wrapper.optimizer.betas == (0.9, 0.95)
    assert load('mae_vit-b_fer_600e.py').model.head.norm_pix
    assert load('simmim_vit-b_fer_800e.py').param_scheduler[1].eta_min == 1e-5 * 2
    moco = load('mocov2_r50_fer_200e.py')
    assert moco.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4
    )
    assert moco.total_batch_size == 256


def test_mae_decays_no_token_bias_or_norm():
    cfg = load('mae_vit-b_fer_600e.py')
    model = MODELS.build(shallow(cfg.model))
    groups = build_optim_wrapper(model, cfg.optim_wrapper).param_groups
    decay = {id(p): group['weight_decay'] for group in groups for p in group['params']}
    decay = {name: decay[id(p)] for name, p in model.named_parameters() if p.requires_grad}
    without = {
        'backbone.cls_token',
        'neck.mask_token',
        'backbone.ln1.weight',
        'backbone.patch_embed.projection.bias',
    }
    assert {decay[name] for name in without} == {0}
    assert decay['backbone.patch_embed.projection.weight'] == 0.05


def test_the_two_small_ones_differ_in_the_model_alone():
    ours, host = (
        load(f'{name}_vit-t_ferplus_small.py').to_dict() for name in ('maskfeat-mae', 'maskfeat')
    )
    assert ours.pop('model') != host.pop('model')
    assert ours == host
