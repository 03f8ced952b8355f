"""Which versions fit; one clear error or warning where they do not."""

import importlib.util
import subprocess
import sys
from importlib import metadata

import pytest

from mmfer import compat
from mmfer.compat.versions import fits, within


@pytest.fixture
def install(monkeypatch):
    """Returns a function that makes believe in other distributions."""

    def pretend(**installed):
        installed = {name.replace('_', '-'): version for name, version in installed.items()}

        def version(name):
            if name not in installed:
                raise metadata.PackageNotFoundError(name)
            return installed[name]

        monkeypatch.setattr(metadata, 'version', version)

    return pretend


@pytest.mark.parametrize(
    'version, limits, expected',
    [
        ('0.10.7', '<0.10.12', True),
        ('0.10.7', '>=0.10.4,<0.11', True),
        ('2.15.0+cpu', '>=2.6', True),
        ('2.14.1+cu130', '<=2.14.1', True),
        ('2.15.0a0', '>=2.15', True),
        ('2.15.0a0+git1f2e', '<2.15', False),
        ('2.0', '==2.0.0', True),
        ('2.0.1', '<=2.0', False),
        ('1.5rc1', '<1.5', False),
        ('82', '>=82', True),
        ('81.9', '>82', False),
        ('3.1', '', True),
    ],
)
def test_within(version, limits, expected):
    """Of a pre-release and a local version the release counts."""
    assert within(version, limits) == expected


@pytest.mark.parametrize(
    'requirement, expected',
    [
        ('mmengine>=0.10.4,<0.11', True),
        ('mmengine<0.10.7', False),
        ('mmengine<0.11 with setuptools>=82', False),
        ('mmengine<0.11 with setuptools<82', True),
        ('mmengine<0.11 without setuptools', False),
        ('mmengine without setuptools>=82', True),
        ('mmengine without no-such', True),
        ('onedl-mmengine<0.11', False),
    ],
)
def test_fits(install, requirement, expected):
    install(mmengine='0.10.7', setuptools='80.1')
    assert fits(requirement) == expected


def test_a_source_tree_without_version_fits(install):
    """mmengine can be imported, but no distribution tells its version."""
    install()
    assert fits('mmengine<0.11') and not fits('onedl-mmengine<0.11')
    install(onedl_mmengine='0.10.12')
    assert fits('onedl-mmengine<0.11') and not fits('mmengine<0.11')


class TestHost:
    def test_this_one_fits(self):
        assert compat.check_host()

    @pytest.mark.parametrize(
        'installed, message',
        [
            (dict(mmengine='0.8.0'), r'mmengine 0\.8\.0 .*>=0\.10\.4,<0\.11'),
            (dict(mmcv_lite='2.4.0'), r'mmcv-lite 2\.4\.0 .*<2\.4'),
            (
                dict(mmpretrain='1.2.0', onedl_mmpretrain='1.3.6'),
                'mmpretrain and onedl-mmpretrain are both',
            ),
        ],
    )
    def test_one_clear_error(self, install, installed, message):
        install(**installed)
        with pytest.raises(ImportError, match=f'{message}.*') as error:
            compat.check_host()
        assert 'pip install "mmfer[openmmlab]"' in str(error.value)

    def test_fork_fits(self, install):
        install(onedl_mmengine='0.10.12', onedl_mmpretrain='1.3.6', onedl_mmcv='2.3.6')
        assert compat.check_host()

    def test_absent_part_is_one_warning(self, monkeypatch):
        find = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, 'find_spec', lambda name: None if name == 'mmpretrain' else find(name)
        )
        with pytest.warns(UserWarning, match='mmpretrain not found') as caught:
            assert not compat.check_host()
        assert len(caught) == 1

    def test_functional_without_the_host(self):
        """In a process that cannot import any part of the host."""
        code = (
            'import sys\n'
            'for name in ("mmengine", "mmcv", "mmpretrain"):\n'
            '    sys.modules[name] = None\n'
            'import mmfer, mmfer.functional\n'
            'print(mmfer.__version__)\n'
        )
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert run.stdout.strip() == '0.1.0'

    def test_import_is_light(self):
        code = (
            'import mmfer, sys; print([m for m in sys.modules if m.startswith("mmpretrain") or m '
            'in ("mmfer.compat.tools", "sklearn", "pytorch_grad_cam")])'
        )
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert run.stdout.strip() == '[]', run.stderr
