"""Times of functions in turns, so that what else the machine does meets each of them."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from rich.progress import track


def describe_device(device: str | torch.device) -> str:
    """The name of the GPU, or the threads of the CPU."""
    if torch.device(device).type == 'cuda':
        return torch.cuda.get_device_name(device)
    return f'CPU, {torch.get_num_threads()} threads'


def times_in_turns(
    functions: dict[str, Callable[[], object]],
    rounds: int,
    warmup: int,
    device: str | torch.device,
    title: str,
) -> dict[str, list[float]]:
    """Seconds of each call, ``rounds`` a function; those of the ``warmup`` before are dropped."""
    cuda = torch.device(device).type == 'cuda'
    times = {name: [] for name in functions}
    for i in track(range(-warmup, rounds), title, transient=True):
        # Turned round every other time: none is always the second.
        for name in functions if i % 2 else reversed(functions):
            if cuda:
                torch.cuda.synchronize()
            start = time.perf_counter()
            functions[name]()
            if cuda:
                torch.cuda.synchronize()
            if i >= 0:
                times[name].append(time.perf_counter() - start)
    return times


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and a quarter from each end.

    >>> quartiles([4, 1, 2, 8, 3])
    (3, 2, 4)
    """
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return statistics.median(ordered), ordered[quarter], ordered[-1 - quarter]
