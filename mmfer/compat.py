"""Repairs of the host on current libraries.

Each repair is a function of its own that names the fault, the versions it is
for and does nothing where the fault is absent. ``apply()`` runs them all; it
is called by ``import mmfer``, so also by ``custom_imports`` of each config.
"""
import functools
import importlib.util
import os
import pickle
import sys
import warnings
from importlib import metadata
from typing import Callable

HOST = {
    # module: (lowest version, first version that is too new), both families
    'mmengine': ('0.10.4', '0.11'),
    'mmcv': ('2.1.0', '2.4'),
    'mmpretrain': ('1.2.0', '1.4'),
}
FIX = ('Install one family of the host: pip install "mmfer[openmmlab]" or '
       'pip install "mmfer[onedl]"')


def _numbers(version: str) -> tuple[int, ...]:
    """'0.10.7rc1' -> (0, 10, 7)."""
    parts = []
    for part in version.split('.')[:3]:
        digits = ''
        while part[len(digits):len(digits) + 1].isdigit():
            digits += part[len(digits)]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def check_host() -> bool:
    """Whether MMEngine, MMCV and MMPretrain are there and fit together.

    Returns:
        bool: False, with one warning, where a part is missing; only
        ``mmfer.functional`` is of use then.

    Raises:
        ImportError: A part is too old or too new, or upstream and its fork
            have been installed over one another.
    """
    missing = [name for name in HOST if importlib.util.find_spec(name) is None]
    if missing:
        warnings.warn(
            f'mmfer: {", ".join(missing)} not found, so only mmfer.functional '
            f'works. {FIX}.',
            stacklevel=2)
        return False

    for name, (low, high) in HOST.items():
        found = {}
        for distribution in (name, f'{name}-lite', f'onedl-{name}'):
            try:
                found[distribution] = metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
        families = {dist.startswith('onedl-') for dist in found}
        if len(families) > 1:
            raise ImportError(
                f'mmfer: {" and ".join(found)} are both installed and have '
                f'overwritten each other. Uninstall both. {FIX}.')
        for distribution, version in found.items():
            if not _numbers(low) <= _numbers(version) < _numbers(high):
                raise ImportError(
                    f'mmfer: {distribution} {version} is installed, but mmfer '
                    f'needs >={low},<{high}. {FIX}.')
    return True


def history_statistic(owner: object, name: str):
    """``getattr`` for checkpoints: the statistics of HistoryBuffer only.

    MMEngine's message hub pickles them as ``getattr(HistoryBuffer, 'mean')``.
    The plain ``getattr`` would let a crafted file reach any function.
    """
    from mmengine.logging import HistoryBuffer
    if owner is HistoryBuffer and name in ('mean', 'min', 'max', 'current'):
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(
        f'the checkpoint asks for {name!r} of {owner!r}; only the statistics '
        'mean, min, max and current of HistoryBuffer are allowed. Do not use '
        'this file unless you know who made it.')


def allow_checkpoints() -> None:
    """Let ``torch.load(weights_only=True)`` read MMEngine's checkpoints.

    torch >= 2.6 refuses the message hub's ``HistoryBuffer`` and its numpy
    arrays: ``--resume`` and ``test.py`` fail (mmengine <= 0.10.7).
    """
    import numpy as np
    import torch
    from mmengine.logging import HistoryBuffer

    allowed = [
        HistoryBuffer, np.ndarray, np.dtype,
        (history_statistic, 'builtins.getattr')
    ]
    allowed += [
        dtype for dtype in vars(np.dtypes).values()
        if isinstance(dtype, type) and issubclass(dtype, np.dtype)
    ]
    # numpy 2 moved these; a checkpoint may come from either version
    reconstruct, _ = np.empty(0).__reduce__()[:2]
    scalar, _ = np.float64(0).__reduce__()
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        allowed += [(reconstruct, f'{module}._reconstruct'),
                    (scalar, f'{module}.scalar')]
    torch.serialization.add_safe_globals(allowed)


def _spec(package: str):
    """Where Python finds a package, given by module or distribution name."""
    names = [package]
    try:
        top_level = metadata.distribution(package).read_text('top_level.txt')
        names += (top_level or '').split()
    except metadata.PackageNotFoundError:
        pass
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


def find_packages_without_pkg_resources() -> None:
    """Let ``_base_ = 'mmpretrain::...'`` work on setuptools >= 82.

    These have no ``pkg_resources``, which mmengine <= 0.10.7 asks where a
    package lies.
    """
    if importlib.util.find_spec('pkg_resources') is not None:
        return
    import mmengine.utils.package_utils  # noqa: F401
    for name in ('mmengine.utils', 'mmengine.utils.package_utils',
                 'mmengine.config.config', 'mmengine.hub.hub'):
        module = sys.modules.get(name)
        for function in (is_installed, get_installed_path):
            if hasattr(module, function.__name__):
                setattr(module, function.__name__, function)


def _wrap(owner: object, name: str, repair: Callable) -> None:
    """Replace ``owner.name`` by ``repair(original, *args, **kwargs)``, once."""
    original = getattr(owner, name)
    if hasattr(original, 'repaired_by_mmfer'):
        return

    @functools.wraps(original)
    def repaired(*args, **kwargs):
        return repair(original, *args, **kwargs)

    repaired.repaired_by_mmfer = True
    setattr(owner, name, repaired)


def start_gloo_on_cpu() -> None:
    """Let several processes train on a CPU.

    mmengine <= 0.10.7 calls ``torch.cuda.set_device`` whatever the backend:
    'Found no NVIDIA driver on your system'. Without an accelerator we start
    gloo ourselves.
    """
    import torch
    from mmengine.device import get_device
    from mmengine.dist import utils

    def init(original, backend, init_backend='torch', **kwargs):
        if get_device() == 'cpu':
            torch.distributed.init_process_group(backend='gloo', **kwargs)
        else:
            original(backend, init_backend=init_backend, **kwargs)

    _wrap(utils, '_init_dist_pytorch', init)


def wrap_model_on_cpu() -> None:
    """Let MMDistributedDataParallel hold a model that lies on the CPU.

    mmengine <= 0.10.7 names ``device_ids`` whatever the device; torch takes
    them for a GPU only.
    """
    from mmengine.model import MMDistributedDataParallel

    def init(original, self, module, *args, **kwargs):
        if all(p.device.type == 'cpu' for p in module.parameters()):
            kwargs['device_ids'] = None
        original(self, module, *args, **kwargs)

    _wrap(MMDistributedDataParallel, '__init__', init)


class _CircularHue(float):
    """A hue factor whose product is the remainder that mmcv means."""

    def __mul__(self, steps: int) -> int:
        return int(float(self) * steps) % 256


def turn_hue_backwards() -> None:
    """Let ``ColorJitter(hue=...)`` draw a negative hue on numpy 2.

    mmcv <= 2.2 does ``np.uint8(-23)``, an OverflowError since numpy 2; it
    kills a run at a random step. The hue is a circle of 256 steps, so the
    remainder is meant.
    """
    import mmcv

    def adjust(original, img, hue_factor, *args, **kwargs):
        return original(img, _CircularHue(hue_factor), *args, **kwargs)

    _wrap(mmcv.image.photometric, 'adjust_hue', adjust)
    mmcv.adjust_hue = mmcv.image.adjust_hue = \
        mmcv.image.photometric.adjust_hue


def quiet_harmless_warnings() -> None:
    """Drop messages of the host that ask the user for nothing.

    mmcv-lite has no compiled operators, which no model of ours uses; and
    mmengine 0.10 tells at each start that its own checkpoint hook uses
    deprecated classes.
    """
    from mmengine.fileio import file_client
    warnings.filterwarnings(
        'ignore', message='Fail to import ``MultiScaleDeformableAttention``')

    def print_log(original, msg, *args, **kwargs):
        if 'will be deprecated in future' not in msg:
            original(msg, *args, **kwargs)

    _wrap(file_client, 'print_log', print_log)


REPAIRS = (allow_checkpoints, find_packages_without_pkg_resources,
           start_gloo_on_cpu, wrap_model_on_cpu, turn_hue_backwards,
           quiet_harmless_warnings)


def apply() -> None:
    """Run all repairs. Doing it twice does no harm."""
    for repair in REPAIRS:
        repair()
