"""What the entry points do to a config."""

import pytest
import torch
from mmengine.config import Config

from mmfer.engine.config import (
    enable_lr_scaling,
    set_batch_size,
    set_dataloader_defaults,
    world_size_of,
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

    def test_scaled_lr_is_told(self):
        cfg = config(64, total_batch_size=64, auto_scale_lr=dict(base_batch_size=32))
        enable_lr_scaling(cfg)
        assert cfg.auto_scale_lr.enable
        assert set_batch_size(cfg, 4).endswith('lr 0.0001 x 64/32 = 0.0002 (auto_scale_lr)')

    def test_scaling_needs_a_base(self):
        with pytest.raises(ValueError, match='base_batch_size'):
            enable_lr_scaling(config())

    def test_world_size(self, monkeypatch):
        assert world_size_of('none') == 1
        monkeypatch.setenv('SLURM_NTASKS', '8')
        assert world_size_of('slurm') == 8
        monkeypatch.delenv('WORLD_SIZE', raising=False)
        with pytest.raises(RuntimeError, match='WORLD_SIZE'):
            world_size_of('pytorch')


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
