"""Action units of expressions, and how two mix."""

import numpy as np
import pytest

from mmfer.synthetic import sample_face
from mmfer.synthetic.face import UNITS, blend, expression_units, face_rng


def test_a_blend_lies_between_its_parts():
    fear, surprise = expression_units('fear'), expression_units('surprise')
    mixed = blend(fear, surprise, weight=0.25, intensity=0.5)
    assert mixed[UNITS.index('AU20')] == pytest.approx([0.375, 0.375])  # fear's alone: .5 * .75 * 1
    assert np.array_equal(blend(fear, surprise, 0, 1), fear)
    assert not blend(fear, surprise, 0.3, 0).any()


def test_recipes_are_counted_modulo_their_number():
    assert UNITS[0] == 'AU1' and UNITS[-1] == 'AU26' and len(UNITS) == 18
    # contempt is one-sided, in each of its two recipes
    for variant, left in ((0, 0.0), (1, 0.1), (2, 0.0)):
        units = expression_units('contempt', variant)
        assert units[UNITS.index('AU2'), 0] == left
        assert units[UNITS.index('AU14')].tolist() == [0, 1]


def test_a_face_s_generators_are_its_own():
    face = sample_face(7, 9)
    same = face_rng(7, 9, 3).random(4)
    assert np.array_equal(face.rng(3).random(4), same)
    for other in (face.rng(4), face_rng(7, 10, 3), face_rng(8, 9, 3)):
        assert not np.array_equal(other.random(4), same)
