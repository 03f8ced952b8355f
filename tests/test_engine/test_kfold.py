"""The host's k-fold tool as it is, and with clean test folds."""

import importlib.util
import runpy
import sys
from pathlib import Path

import mmengine
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS

from mmfer.engine.kfold import adapt_kfold
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
HOST = Path(importlib.util.find_spec('mmpretrain').origin).parent
TOOL = HOST / '.mim/tools/kfold-cross-valid.py'


class Stopped(Exception):
    """Carries the config with which the k-fold tool would train."""


class TestKFold:
    CONFIG = """
_base_ = {base!r}
train_dataloader = dict(num_workers=2, dataset=dict(data_root={data!r}, on_error='skip'))
"""

    @pytest.fixture
    def config_file(self, tmp_path):
        write_rafdb(tmp_path / 'faces', train=40, test=7, size=16)
        path = tmp_path / 'noisy.py'
        path.write_text(
            self.CONFIG.format(
                base=str(ROOT / 'configs/clex/clex_r18_rafdb_noise30.py'),
                data=str(tmp_path / 'faces'),
            )
        )
        return path

    @pytest.fixture
    def prepare(self, config_file, tmp_path, monkeypatch):
        """Returns a function that gives the config the tool would train."""
        from mmengine import dist

        def stop(cfg):
            raise Stopped(cfg)

        monkeypatch.setattr(Runner, 'from_cfg', stop)
        monkeypatch.setattr(Config, 'fromfile', Config.fromfile)
        monkeypatch.setattr(dist, 'sync_random_seed', dist.sync_random_seed)

        monkeypatch.chdir(tmp_path)

        def prepare(*arguments):
            words = (TOOL, config_file, '--num-splits', 4, '--fold', 1, '--work-dir', 'run')
            monkeypatch.setattr(sys, 'argv', [str(word) for word in (*words, *arguments)])
            with pytest.raises(Stopped) as stopped:
                runpy.run_path(str(TOOL), run_name='__main__')
            return stopped.value.args[0]

        return prepare

    def test_fault(self, prepare):
        cfg = prepare('--seed', '0')
        assert cfg.kfold_split_seed != 0
        assert cfg.val_dataloader.dataset.dataset.noise.rate == 0.3
        assert cfg.val_dataloader.dataset.dataset.on_error == 'skip'
        assert cfg.train_dataloader.persistent_workers
        assert 'worker_init_fn' not in cfg.train_dataloader

    @pytest.mark.parametrize('seed, expected', [((), 0), (('--seed', '0'), 0), (('--seed', 5), 5)])
    def test_seed(self, prepare, seed, expected):
        adapt_kfold()
        assert prepare(*seed).kfold_split_seed == expected

    def test_folds(self, prepare):
        """The test fold has the clean labels, the training folds the noisy ones, and no image is in
        both."""
        adapt_kfold()
        cfg = prepare('--seed', '0')
        init_default_scope('mmpretrain')
        sets = {
            name: DATASETS.build(cfg[f'{name}_dataloader'].dataset)
            for name in ('train', 'val', 'test')
        }
        rows = {name: [one.get_data_info(i) for i in range(len(one))] for name, one in sets.items()}
        wrong = {
            name: sum(row['gt_label'] != row['clean_label'] for row in own)
            for name, own in rows.items()
        }
        assert {name: len(own) for name, own in rows.items()} == dict(train=30, val=10, test=10)
        assert wrong['val'] == wrong['test'] == 0
        whole = DATASETS.build(cfg.train_dataloader.dataset.dataset)
        given = {row['img_path']: row for row in map(whole.get_data_info, range(40))}
        paths = {name: [row['img_path'] for row in own] for name, own in rows.items()}
        assert sorted(paths['train'] + paths['val']) == sorted(given)
        assert paths['val'] == paths['test']
        for row in rows['train']:
            assert row['gt_label'] == given[row['img_path']]['gt_label']
        noisy = {path for path, row in given.items() if row['gt_label'] != row['clean_label']}
        assert len(noisy) == 12 and wrong['train'] == len(noisy & set(paths['train'])) > 0
        assert noisy & set(paths['val'])  # there was something to clean
        # an unreadable image of the training folds is replaced, of the test fold named
        assert sets['train'].dataset.on_error == 'skip' and not sets['train'].dataset.test_mode
        assert sets['val'].dataset.on_error == 'raise' and sets['val'].dataset.test_mode

    def test_loaders(self, prepare):
        adapt_kfold()
        train = prepare().train_dataloader
        assert not train.persistent_workers
        assert train.worker_init_fn.type == 'rng_worker_init'
        cfg = prepare(
            '--cfg-options', 'train_dataloader.num_workers=0', 'val_dataloader.num_workers=0'
        )
        assert not cfg.val_dataloader.persistent_workers

    @pytest.mark.parametrize(
        'options, processes, batch',
        [
            ((), 1, 32),
            ((), 2, 16),
            (('total_batch_size=64',), 2, 32),
            (('train_dataloader.batch_size=8',), 2, 8),
        ],
    )
    def test_batch(self, prepare, monkeypatch, options, processes, batch):
        adapt_kfold()
        monkeypatch.setenv('WORLD_SIZE', str(processes))
        monkeypatch.setenv('LOCAL_RANK', '0')
        options = ('--cfg-options', *options) if options else ()
        cfg = prepare('--launcher', 'pytorch', *options)
        assert cfg.train_dataloader.batch_size == batch

    def test_no_validation(self, prepare):
        adapt_kfold()
        assert prepare('--no-validate').val_dataloader is None

    def test_an_earlier_run_is_not_overwritten(self, prepare, tmp_path):
        adapt_kfold()
        fold = tmp_path / 'run/fold1'
        fold.mkdir(parents=True)
        torch.save(dict(meta=dict(iter=1)), fold / 'epoch_1.pth')
        with pytest.raises(ValueError, match=r'epoch_1.pth.*--resume .*another --work-dir$'):
            prepare()
        info = dict(fold=1, last_ckpt=str(fold / 'epoch_1.pth'), kfold_split_seed=0)
        mmengine.dump(info, tmp_path / 'run/kfold_exp.json')
        assert prepare('--resume').load_from == str(fold / 'epoch_1.pth')
