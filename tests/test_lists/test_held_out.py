"""A share of images, by name."""

import pytest

from mmfer.lists.held_out import is_held_out

NAMES = [f'angry_actor_{i}.jpg' for i in range(4000)]


@pytest.mark.parametrize('share', [0, 0.1, 0.25, 1])
def test_the_share_is_held_out(share):
    found = sum(is_held_out(name, share) for name in NAMES)
    assert abs(found - share * 4000) <= 4 * (4000 * share * (1 - share)) ** 0.5


def test_a_larger_share_holds_the_smaller():
    few, many = ({name for name in NAMES if is_held_out(name, s)} for s in (0.1, 0.3))
    assert few < many


def test_names_of_any_bytes():
    assert isinstance(is_held_out('\udcff.jpg', 0.5), bool)
