"""Settings that a config gives: checked, and shown by ``print(model)``."""

import inspect
from collections.abc import Callable, Iterable, Sequence


def check_choice(name: str, value: str, allowed: Iterable[str]) -> None:
    """Raises ValueError where a setting is none of the allowed words."""
    if value not in allowed:
        raise ValueError(f'{name}={value!r} is unknown; allowed: {tuple(allowed)}')


def check_weights(**weights: float) -> None:
    """Weights of loss terms: a negative one would turn its term round.

    Raises:
        ValueError: on a negative weight.
    """
    for name, weight in weights.items():
        if not weight >= 0:
            raise ValueError(
                f'{name}={weight} is the weight of a term of the loss; allowed: from 0, which '
                'switches it off'
            )


def check_settings(
    key: str, name: str, table: dict[str, Callable], settings: dict, given: Sequence[str]
) -> None:
    """Whether a function of a table takes these settings.

    Args:
        key: of the config, for the message.
        name: in ``table``.
        settings: by keyword.
        given: arguments that come from elsewhere.

    Raises:
        ValueError: on a name or a setting that is not there.
    """
    check_choice(key, name, table)
    allowed = [k for k in inspect.signature(table[name]).parameters if k not in given]
    if unknown := sorted(set(settings) - set(allowed)):
        raise ValueError(f'{key}={name!r} does not take {unknown}; allowed: {allowed}')


def shown(**settings) -> str:
    """Settings for a module's ``extra_repr``."""
    return ', '.join(f'{k}={v!r}' for k, v in settings.items())
