"""Files in threads, in their order."""

import pytest

from mmfer.utils.threads import in_threads


def test_chunks_in_order():
    assert list(in_threads(str.upper, list('abcde'), workers=3, size=2)) == [
        ['A', 'B'],
        ['C', 'D'],
        ['E'],
    ]
    assert list(in_threads(str.upper, [], workers=3, size=2)) == []


def test_an_error_is_passed_on():
    with pytest.raises(ValueError):
        list(in_threads(int, ['1', 'a', '2'], workers=2, size=1))
