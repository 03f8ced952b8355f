"""What a repair is: a fault, the versions that have it, and its cure."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from .versions import fits

_CURED: set[str] = set()


@dataclass(frozen=True)
class Repair:
    """One fault of the host on the libraries of today, and its cure: made where the installed
    versions fit and, where that can be looked up, the fault is really there.
    """

    name: str  # of the function that cures it
    fault: str  # what goes wrong without it, in one line
    # Ranges for `fits`, any of which has the fault. An upper bound below the newest version that
    # mmfer takes is a release without it.
    versions: tuple[str, ...]
    cure: Callable[[], None]
    seen: Callable[[], bool] | None = None  # looks for the fault itself; None: the versions decide
    tools: tuple[str, ...] = ()  # of the host, that it is for; empty: `import mmfer` makes it

    def __call__(self) -> bool:
        """Make the repair where it is needed, once; whether it is in place."""
        if self.name not in _CURED and self.needed:
            self.cure()
            _CURED.add(self.name)
        return self.active

    @property
    def active(self) -> bool:
        """Whether it has been made in this process."""
        return self.name in _CURED

    @property
    def needed(self) -> bool:
        """Whether the fault is here; False too once it was cured, where that can be seen."""
        return self.concerned and (self.seen is None or self.seen())

    @property
    def concerned(self) -> bool:
        """Whether the installed versions are among those with the fault."""
        return any(map(fits, self.versions))


def repair(
    fault: str,
    versions: tuple[str, ...],
    seen: Callable[[], bool] | None = None,
    tools: tuple[str, ...] = (),
) -> Callable[..., Repair]:
    """Make a :class:`Repair` of the function that cures the fault."""

    def make(cure: Callable[[], None]) -> Repair:
        made = Repair(cure.__name__, fault, versions, cure, seen, tools)
        object.__setattr__(made, '__doc__', cure.__doc__)
        return made

    return make


def wrap(owner: object, name: str, around: Callable) -> None:
    """Replace ``owner.name`` by ``around(original, *args, **kwargs)``, once.

    The original stays at hand as ``owner.name.__wrapped__``.
    """
    original = getattr(owner, name)
    if hasattr(original, 'repaired_by_mmfer'):
        return

    @functools.wraps(original)
    def repaired(*args, **kwargs):
        return around(original, *args, **kwargs)

    repaired.repaired_by_mmfer = True
    setattr(owner, name, repaired)
