"""What the command lines bring into a config; tests/test_tools/test_train.py has the tools."""

import os

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmfer.engine.cli import build_runner, check_names, make_parser, merge_common


@pytest.fixture
def merged(monkeypatch):
    """Returns a function: words of a command line and a suffix -> the config."""
    monkeypatch.setenv('LOCAL_RANK', '')
    monkeypatch.delenv('LOCAL_RANK')

    def merge(*words, suffix='', **settings):
        args = make_parser('', 'train').parse_args(['configs/a_noise30.py', *words])
        cfg = Config(dict(train_dataloader=dict(batch_size=4, num_workers=0), **settings))
        merge_common(cfg, args, suffix)
        return cfg

    return merge


def test_work_dir(merged):
    assert merged().work_dir == './work_dirs/a_noise30'
    # noise of the command line, instead of the config's own
    assert merged(suffix='_pair20').work_dir == './work_dirs/a_pair20'
    assert merged(work_dir='there', suffix='_pair20').work_dir == 'there'
    assert merged('--work-dir', 'here', work_dir='there').work_dir == 'here'


def test_rank_of_an_old_launcher(merged):
    assert merged('--local_rank', '3').launcher == 'none' and os.environ['LOCAL_RANK'] == '3'
    merged('--local-rank', '1')  # torchrun's stays
    assert os.environ['LOCAL_RANK'] == '3'


def test_options(merged):
    cfg = merged('--no-pin-memory', '--cfg-options', 'train_dataloader.batch_size=2')
    assert cfg.train_dataloader.batch_size == 2 and not cfg.train_dataloader.pin_memory


def test_names():
    cfg = Config(dict(image_size=224))
    check_names(cfg, {'image_size': 1, 'optim_wrapper.lr': 1, 'another': 2})
    with pytest.raises(ValueError, match="imagesize.a: .* did you mean 'image_size'"):
        check_names(cfg, {'imagesize.a': 1})


def test_runner_of_the_config(tiny_config, tmp_path):
    assert type(build_runner(tiny_config(tmp_path))) is Runner
