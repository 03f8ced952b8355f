"""Things in front of a face."""

import pytest

from mmfer.synthetic.worn import KINDS, cover


def test_a_larger_thing_hides_more():
    for kind in KINDS:
        assert 0 <= cover(kind, 0.1, 1) <= cover(kind, 1.0, 1) < 1
        assert cover(kind, 1.0, 1) > 0.25


def test_a_mask_hides_the_mouth_and_not_the_eyes():
    # of 13 landmarks a side, the highest mask leaves the brow's 3 and the eye's 4
    assert cover('mask', 1.0, 1) == pytest.approx(6 / 13)
    with pytest.raises(ValueError, match="'scarf'; allowed: sunglasses, mask, hand, bar"):
        cover('scarf', 0.5, 1)
