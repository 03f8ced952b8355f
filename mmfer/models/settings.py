"""Settings that a config gives: checked, and shown by ``print(model)``."""

import inspect
from collections.abc import Callable, Sequence

from ..functional.arguments import check_choice, check_number


def check_weights(**weights: float) -> None:
    """Raises ValueError on a weight of a loss term that would turn it round, or is no number."""
    for name, weight in weights.items():
        check_number(
            name,
            weight,
            least=0,
            what='is the weight of a term of the loss',
            hint='0 switches it off',
        )


def whole_numbers(**sizes: float) -> list[int]:
    """Sizes (of layers, classes, memories) as integers; raises ValueError on one that is not a
    whole number from 1."""
    return [check_number(name, size, least=1, whole=True) for name, size in sizes.items()]


def check_settings(
    key: str, name: str, table: dict[str, Callable], settings: dict, given: Sequence[str]
) -> None:
    """Raises ValueError where a table has no function of that name, or it does not take these
    settings; ``given`` are arguments that come from elsewhere, ``key`` is the config's word."""
    check_choice(key, name, table)
    allowed = [k for k in inspect.signature(table[name]).parameters if k not in given]
    if unknown := sorted(set(settings) - set(allowed)):
        raise ValueError(f'{key}={name!r} does not take {unknown}; allowed: {allowed}')


def shown(**settings) -> str:
    """Settings for a module's ``extra_repr``."""
    return ', '.join(f'{k}={v!r}' for k, v in settings.items())
