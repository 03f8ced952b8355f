"""Work on many files in threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def in_threads(
    function: Callable[[str], Any], paths: Sequence[str], workers: int, size: int
) -> Iterator[list]:
    """What a function returns for each path, by chunks of ``size`` in the order of the paths. An
    interruption waits for the chunks that are under way alone."""
    chunks = (paths[i : i + size] for i in range(0, len(paths), size))
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(lambda chunk: [function(path) for path in chunk], chunks)
        finally:
            pool.shutdown(cancel_futures=True)
