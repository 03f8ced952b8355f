"""Where packages lie, without pkg_resources."""

import importlib.util
import os
import subprocess
import sys
from importlib import metadata

import mmcv
import pytest
from mmengine.config import Config

from mmfer import compat

BASE = 'mmpretrain::resnet/resnet18_8xb32_in1k.py'


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(f'_base_ = {BASE!r}\nmodel = dict(head=dict(num_classes=7))\n')
    return path


@pytest.mark.skipif(
    not compat.find_packages_without_pkg_resources.concerned
    or importlib.util.find_spec('pkg_resources') is not None,
    reason='no fault: the fork, or a setuptools (< 82) that has pkg_resources',
)
def test_fault(config_file):
    code = f'from mmengine.config import Config; Config.fromfile({str(config_file)!r})'
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert "No module named 'pkg_resources'" in run.stderr


def test_cure(config_file):
    cfg = Config.fromfile(config_file)
    assert cfg.model.backbone.depth == 18 and cfg.model.head.num_classes == 7


def test_lookup():
    folder = os.path.dirname(mmcv.__file__)
    assert compat.get_installed_path('mmcv') == folder
    assert compat.is_installed('mmengine')
    # by the distribution's name where that is no module's name
    for name in ('mmcv-lite', 'onedl-mmcv'):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        assert compat.get_installed_path(name) == folder
    assert not compat.is_installed('no-such-package')
    with pytest.raises(metadata.PackageNotFoundError):
        compat.get_installed_path('no-such-package')


class TestOwnConfigs:
    @pytest.fixture
    def config_file(self, tmp_path):
        path = tmp_path / 'config.py'
        path.write_text(
            "_base_ = 'mmfer::clex/clex_r18_rafdb_noise30.py'\n"
            'train_pipeline = _base_.two_view_pipeline\n'
        )
        return path

    def test_fault(self, config_file):
        code = f'from mmengine.config import Config; Config.fromfile({str(config_file)!r})'
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert 'does not support to load mmfer config' in run.stderr

    def test_cure(self, config_file):
        cfg = Config.fromfile(config_file)
        assert cfg.model.head.type == 'CLEXHead' and cfg.train_pipeline[2].scale == 224
        # our parts are registered in mmpretrain's scope
        assert '_scope_' not in str(cfg.to_dict())

    def test_other_packages_keep_their_scope(self, tmp_path):
        path = tmp_path / 'config.py'
        path.write_text("_base_ = 'mmpretrain::resnet/resnet18_8xb32_in1k.py'\n")
        assert Config.fromfile(path).model._scope_ == 'mmpretrain'
