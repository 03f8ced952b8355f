"""Which versions of the host and of its libraries are installed."""

import importlib.util
import operator
import re
import warnings
from importlib import metadata

HOST = {
    # module: (lowest version, first version that is too new), both families
    'mmengine': ('0.10.4', '0.11'),
    'mmcv': ('2.1.0', '2.4'),
    'mmpretrain': ('1.2.0', '1.4'),
}
FIX = 'Install one family of the host: pip install "mmfer[openmmlab]" or pip install "mmfer[onedl]"'
COMPARISONS = {
    '<=': operator.le,
    '>=': operator.ge,
    '<': operator.lt,
    '>': operator.gt,
    '==': operator.eq,
}


def distributions_of(module: str) -> tuple[str, str, str]:
    """The names under which a module of the host is installed."""
    return module, f'{module}-lite', f'onedl-{module}'


def numbers(version: str) -> tuple[int, ...]:
    """The release as numbers, for comparing; what follows it is left out.

    >>> numbers('0.10.7rc1'), numbers('2.15.0+cpu')
    ((0, 10, 7), (2, 15, 0))
    """
    release = re.match(r'\d+(\.\d+)*', version)
    return tuple(int(n) for n in release.group().split('.')) if release else ()


def compare(version: str, comparison: str, other: str) -> bool:
    """Whether ``version <comparison> other``; missing numbers are 0.

    >>> compare('0.10.7', '<=', '0.10'), compare('2.0', '==', '2.0.0')
    (False, True)
    """
    left, right = numbers(version), numbers(other)
    length = max(len(left), len(right))
    left, right = (n + (0,) * (length - len(n)) for n in (left, right))
    return COMPARISONS[comparison](left, right)


def version_of(distribution: str) -> str | None:
    """Version of an installed distribution; None where it is not there."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


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
    name, limits = re.fullmatch(r'([\w-]+)(.*)', part).groups()
    version = version_of(name)
    if version is None:
        return (
            name in HOST
            and not any(map(version_of, distributions_of(name)))
            and importlib.util.find_spec(name) is not None
        )
    return all(
        compare(version, *re.fullmatch(r'([<>=]=?)(.+)', limit).groups())
        for limit in limits.split(',')
        if limit
    )


def check_host() -> bool:
    """Whether MMEngine, MMCV and MMPretrain are there and fit together.

    Returns:
        False, with one warning, where a part is missing; only
        ``mmfer.functional`` is of use then.

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

    for name, (low, high) in HOST.items():
        found = {d: version_of(d) for d in distributions_of(name)}
        found = {d: version for d, version in found.items() if version}
        if len({d.startswith('onedl-') for d in found}) > 1:
            raise ImportError(
                f'mmfer: {" and ".join(found)} are both installed and have overwritten each other. '
                f'Uninstall both. {FIX}.'
            )
        for distribution, version in found.items():
            if not (compare(version, '>=', low) and compare(version, '<', high)):
                raise ImportError(
                    f'mmfer: {distribution} {version} is installed, but mmfer needs '
                    f'>={low},<{high}. {FIX}.'
                )
    return True
