"""Where an installed package lies, without setuptools' ``pkg_resources``."""

import contextlib
import importlib.util
import os
import sys
from importlib import metadata

from .repair import repair, wrap


def _spec(package: str):
    """Where Python finds a package, given by module or distribution name."""
    names = [package]
    with contextlib.suppress(metadata.PackageNotFoundError):
        names += (metadata.distribution(package).read_text('top_level.txt') or '').split()
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            return spec
    return None


def is_installed(package: str) -> bool:
    """Whether a package is there; takes module and distribution names."""
    return _spec(package) is not None


def get_installed_path(package: str) -> str:
    """Folder of an installed package."""
    spec = _spec(package)
    if spec is None:
        raise metadata.PackageNotFoundError(package)
    return os.path.dirname(spec.origin)


def _asks_pkg_resources() -> bool:
    from mmengine.utils import package_utils

    return 'pkg_resources' in package_utils.is_installed.__code__.co_names


@repair(
    fault="_base_ = 'mmpretrain::...': No module named 'pkg_resources'; with an "
    'older setuptools, editable installs are looked for in site-packages',
    versions=('mmengine<0.11',),
    seen=_asks_pkg_resources,
)
def find_packages_without_pkg_resources() -> None:
    """Let MMEngine look up packages without ``pkg_resources``: setuptools >= 82 has none, and the
    older ones' misses editable installs (PEP 660)."""
    import mmengine.utils.package_utils  # noqa: F401

    for name in ('utils', 'utils.package_utils', 'config.config', 'hub.hub'):
        module = sys.modules.get(f'mmengine.{name}')
        for function in (is_installed, get_installed_path):
            if hasattr(module, function.__name__):
                setattr(module, function.__name__, function)


@repair(
    fault="_base_ = 'mmfer::...': mmengine does not support to load mmfer config",
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def find_own_configs() -> None:
    """Let ``_base_ = 'mmfer::clex/...'`` and ``mmengine.hub.get_config`` find our configs. A scope
    'mmfer' in the settings is left out: our parts are registered in mmpretrain's."""
    from mmengine.config import Config
    from mmengine.config.utils import MODULE2PACKAGE

    def get_path(original, cfg_path, filename):
        path, scope = original(cfg_path, filename)
        return path, None if scope == 'mmfer' else scope

    MODULE2PACKAGE['mmfer'] = 'mmfer'
    wrap(Config, '_get_cfg_path', get_path)
