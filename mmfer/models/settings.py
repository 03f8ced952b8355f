"""Whether the settings of a config are those that a function takes."""

import inspect
from collections.abc import Callable, Sequence


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
) -> str:
    """The name of a function in a table, if it takes these settings.

    Args:
        key: of the config, for the message.
        name: in ``table``.
        settings: by keyword.
        given: arguments that come from elsewhere.

    Raises:
        ValueError: on a name or a setting that is not there.
    """
    if name not in table:
        raise ValueError(f'{key}={name!r} is unknown; allowed: {tuple(table)}')
    allowed = [k for k in inspect.signature(table[name]).parameters if k not in given]
    if unknown := sorted(set(settings) - set(allowed)):
        raise ValueError(f'{key}={name!r} does not take {unknown}; allowed: {allowed}')
    return name
