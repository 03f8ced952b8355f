"""What a repair is, and that each one's versions tell the truth here."""

import itertools

import pytest

from mmfer.compat import REPAIRS, apply
from mmfer.compat.repair import Repair, wrap
from mmfer.compat.tools import TOOL_REPAIRS, apply_for

NUMBERS = itertools.count()


def make(versions=('numpy',), seen=None, tools=()) -> tuple[Repair, list]:
    """A repair that counts how often it was made."""
    made = []
    name = f'repair_{next(NUMBERS)}'
    return Repair(name, 'a fault', versions, lambda: made.append(name), seen, tools), made


def test_made_once():
    repair, made = make()
    assert repair.needed and not repair.active
    assert repair() and repair() and repair.active
    assert len(made) == 1


@pytest.mark.parametrize(
    'settings',
    [
        dict(versions=('numpy<1',)),
        dict(versions=('numpy>=1 with no-such-package',)),
        dict(seen=lambda: False),
        dict(versions=(), seen=lambda: True),
    ],
    ids=['version', 'package', 'unseen', 'no version'],
)
def test_nothing_where_the_fault_is_absent(settings):
    repair, made = make(**settings)
    assert not repair() and not repair.active and not made


def test_one_fitting_range_is_enough():
    repair, made = make(versions=('numpy<1', 'numpy>=1 with torch>=2', 'no-such-package'))
    assert repair() and made


@pytest.mark.parametrize('repair', REPAIRS, ids=lambda repair: repair.name)
def test_import_made_what_the_versions_call_for(repair):
    """Where a range fits, the fault has been seen: the ranges are right."""
    assert repair.active == repair.concerned
    assert not repair.tools


def test_wrap():

    class Owner:
        @staticmethod
        def double(x):
            """Twice."""
            return 2 * x

    for _ in range(2):  # the second time does nothing
        wrap(Owner, 'double', lambda original, x: original(x) + 1)
    assert Owner.double(4) == 9
    assert Owner.double.__wrapped__(4) == 8 and Owner.double.__doc__ == 'Twice.'


def test_each_has_a_name_and_a_story():
    everything = REPAIRS + TOOL_REPAIRS
    assert len({repair.name for repair in everything}) == len(everything)
    for repair in everything:
        assert repair.fault and repair.versions and repair.__doc__, repair.name
    assert all(repair.tools for repair in TOOL_REPAIRS)


def test_only_the_tool_s_own_repairs_are_made(monkeypatch):
    (for_a, made_a), (for_b, made_b) = make(tools=('a',)), make(tools=('b', 'c'))
    monkeypatch.setattr('mmfer.compat.tools.TOOL_REPAIRS', (for_a, for_b))
    apply_for('c')
    assert made_b and not made_a


def test_twice_does_no_harm():
    import mmcv

    before = mmcv.adjust_hue
    apply()
    assert mmcv.adjust_hue is before
