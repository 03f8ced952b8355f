"""Which versions of the host and of its libraries are installed."""

import importlib.util
import re
import warnings
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

# Of both families.
HOST = {'mmengine': '>=0.10.4,<0.11', 'mmcv': '>=2.1.0,<2.4', 'mmpretrain': '>=1.2.0,<1.4'}
FIX = 'Install one family of the host: pip install "mmfer[openmmlab]" or pip install "mmfer[onedl]"'


def distributions_of(module: str) -> tuple[str, str, str]:
    """The names under which a module of the host is installed."""
    return module, f'{module}-lite', f'onedl-{module}'


def version_of(distribution: str) -> str | None:
    """Version of an installed distribution; None where it is not there."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def within(version: str, limits: str | SpecifierSet) -> bool:
    """Whether the release lies within the limits; what follows it in the version does not count.

    >>> within('2.15.0a0+cu130', '>=2.15,<3'), within('1.5rc1', '<1.5'), within('2.0', '==2.0.0')
    (True, False, True)
    """
    return Version(version).base_version in SpecifierSet(str(limits))


def fits(requirement: str) -> bool:
    """Whether what is installed lies in one of a repair's version ranges.

    A module of the host that lies on the path without any distribution (a source tree) has no
    version: it counts as fitting.

    Args:
        requirement: ``'mmengine>=0.10.4,<0.11 with torch>=2.6'``: all parts have to fit; after
            ``without``, the part must not.

    >>> fits('numpy>=1'), fits('numpy>=1,<1.1'), fits('no-such-package')
    (True, False, False)
    >>> fits('numpy with torch>=2'), fits('numpy without torch')
    (True, False)
    """
    first, *others = re.split(r' (with|without) ', requirement)
    return _part_fits(first) and all(
        _part_fits(part) == (word == 'with') for word, part in zip(others[::2], others[1::2])
    )


def _part_fits(part: str) -> bool:
    wanted = Requirement(part)
    if version := version_of(wanted.name):
        return within(version, wanted.specifier)
    return (
        wanted.name in HOST
        and not any(map(version_of, distributions_of(wanted.name)))
        and importlib.util.find_spec(wanted.name) is not None
    )


def check_host() -> bool:
    """Whether MMEngine, MMCV and MMPretrain are there and fit together.

    Returns:
        False, with one warning, where a part is missing; only ``mmfer.functional`` is of use then.

    Raises:
        ImportError: A part is too old or too new, or upstream and its fork have been installed over
            one another.
    """
    missing = [name for name in HOST if importlib.util.find_spec(name) is None]
    if missing:
        warnings.warn(
            f'mmfer: {", ".join(missing)} not found, so only mmfer.functional works. {FIX}.',
            stacklevel=2,
        )
        return False

    for name, limits in HOST.items():
        found = {d: version for d in distributions_of(name) if (version := version_of(d))}
        if len({d.startswith('onedl-') for d in found}) > 1:
            raise ImportError(
                f'mmfer: {" and ".join(found)} are both installed and have overwritten each other. '
                f'Uninstall both. {FIX}.'
            )
        for distribution, version in found.items():
            if not within(version, limits):
                raise ImportError(
                    f'mmfer: {distribution} {version} is installed, but mmfer needs {limits}. '
                    f'{FIX}.'
                )
    return True
