"""What the entry points do to a config."""

import json

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmfer.engine.config import (
    add_trackers,
    enable_lr_scaling,
    input_shape,
    set_batch_size,
    set_dataloader_defaults,
    settle_batch,
)


def config(batch_size=32, **extra) -> Config:
    return Config(
        dict(
            train_dataloader=dict(batch_size=batch_size, num_workers=2),
            optim_wrapper=dict(optimizer=dict(type='Adam', lr=1e-4)),
            **extra,
        )
    )


class TestBatchSize:
    def test_total_is_divided(self):
        cfg = config(total_batch_size=32)
        assert set_batch_size(cfg, 4) == (
            '4 processes x 8 images = batch 32, lr 0.0001 as in the config'
        )
        assert cfg.train_dataloader.batch_size == 8

    def test_without_total_each_process_keeps_its_own(self):
        cfg = config(batch_size=16)
        assert set_batch_size(cfg, 2).startswith('2 processes x 16 images = batch 32,')
        assert cfg.train_dataloader.batch_size == 16

    def test_a_variant_that_says_two_batches_is_refused(self):
        with pytest.raises(ValueError, match='batch_size=64 and total_batch_size=32'):
            set_batch_size(config(64, total_batch_size=32), 1)

    def test_indivisible(self):
        with pytest.raises(ValueError, match=r'32 cannot.* 3 processes.*total_batch_size=33'):
            set_batch_size(config(total_batch_size=32), 3)

    def test_the_users_batch_goes_before(self):
        of_one, of_all = 'train_dataloader.batch_size', 'total_batch_size'
        for changed, batch, total in (
            ((), 8, 32),
            ((of_one,), 8, None),
            ((of_all,), 32, 32),
            ((of_one, of_all), 8, None),
        ):
            cfg = config(8, total_batch_size=32)
            settle_batch(cfg, changed)
            assert (cfg.train_dataloader.batch_size, cfg.get(of_all)) == (batch, total)
        cfg = config(8, total_batch_size=None)
        settle_batch(cfg, [of_all])
        assert cfg.train_dataloader.batch_size == 8

    def test_scaled_lr_is_told(self):
        cfg = config(64, total_batch_size=64, auto_scale_lr=dict(base_batch_size=32))
        enable_lr_scaling(cfg)
        assert cfg.auto_scale_lr.enable
        assert set_batch_size(cfg, 4).endswith('lr 0.0001 x 64/32 = 0.0002 (auto_scale_lr)')

    def test_scaling_needs_a_base(self):
        with pytest.raises(ValueError, match='base_batch_size'):
            enable_lr_scaling(config())


class TestDataloaders:
    def test_defaults(self):
        cfg = config(val_dataloader=dict(num_workers=2), test_dataloader=None)
        set_dataloader_defaults(cfg)
        assert not cfg.train_dataloader.persistent_workers
        assert cfg.train_dataloader.worker_init_fn == dict(type='rng_worker_init')
        assert cfg.val_dataloader.persistent_workers
        assert 'worker_init_fn' not in cfg.val_dataloader
        assert cfg.val_dataloader.collate_fn == dict(type='default_collate')
        assert cfg.val_dataloader.pin_memory == torch.cuda.is_available()

    def test_no_workers(self):
        cfg = config(val_dataloader=dict(num_workers=0, persistent_workers=True))
        set_dataloader_defaults(cfg, pin_memory=False)
        assert not cfg.val_dataloader.persistent_workers
        assert not cfg.val_dataloader.pin_memory

    def test_the_config_has_the_last_word(self):
        cfg = config(
            val_dataloader=dict(
                num_workers=1, collate_fn=dict(type='pseudo_collate'), persistent_workers=False
            )
        )
        set_dataloader_defaults(cfg)
        assert cfg.val_dataloader.collate_fn.type == 'pseudo_collate'
        assert not cfg.val_dataloader.persistent_workers


def backends(cfg) -> list[str]:
    return [backend['type'] for backend in cfg.visualizer.vis_backends]


def test_added_once_beside_what_is_there():
    cfg = Config(dict(visualizer=dict(vis_backends=[dict(type='LocalVisBackend')])))
    add_trackers(cfg, [])
    assert backends(cfg) == ['LocalVisBackend']
    add_trackers(cfg, ['tensorboard', 'tensorboard'])
    assert backends(cfg) == ['LocalVisBackend', 'TensorboardVisBackend']


def test_a_config_without_a_visualizer():
    for cfg in (Config(dict()), Config(dict(visualizer=None))):
        add_trackers(cfg, [])
        assert not cfg.get('visualizer')
        add_trackers(cfg, ['tensorboard'])
        assert backends(cfg) == ['TensorboardVisBackend']


def test_a_missing_package_is_told_before_the_run(monkeypatch):
    monkeypatch.setattr('mmfer.engine.config.find_spec', lambda name: None)
    with pytest.raises(ModuleNotFoundError, match='--tracker mlflow .*pip install mlflow'):
        add_trackers(Config(dict(visualizer=dict())), ['mlflow'])


def test_tensorboard_has_the_numbers_of_the_log(tiny_config, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    cfg = tiny_config(tmp_path / 'run')
    add_trackers(cfg, ['tensorboard'])
    runner = Runner.from_cfg(cfg)
    runner.train()
    runner.visualizer.close()
    (events,) = tmp_path.glob('run/*/vis_data/events.out*')
    board = EventAccumulator(str(events)).Reload()
    (log,) = tmp_path.glob('run/*/vis_data/scalars.json')
    logged = [json.loads(line) for line in log.read_text().splitlines()]
    for name in ('accuracy/top1', 'accuracy/mean_class_last5'):
        in_log = [line[name] for line in logged if name in line]
        in_board = [event.value for event in board.Scalars(name)]
        assert len(in_board) == 2 and in_board == pytest.approx(in_log)


def test_input_shape():
    steps = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=(48, 32))]
    dataset = dict(pipeline=[*steps, dict(type='PackInputs')])
    cfg = Config(dict(test_dataloader=dict(dataset=dataset)))
    assert input_shape(cfg) == (3, 32, 48)  # a scale is (width, height)
    dataset['pipeline'].insert(2, dict(type='CenterCrop', crop_size=24))
    cfg = Config(dict(test_dataloader=dict(dataset=dataset)))
    assert input_shape(cfg) == (3, 24, 24)
