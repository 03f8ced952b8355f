"""Prototypes in one process; test_harness.py has two."""

import pytest
import torch
import torch.nn.functional as F

from mmfer.models import Prototypes


def test_prototypes_equal_a_loop_over_samples():
    generator = torch.Generator().manual_seed(0)
    prototypes = Prototypes(4, 3, momentum=0.8)
    expected = torch.zeros(4, 3)
    for _ in range(5):
        features = F.normalize(torch.randn(9, 3, generator=generator), dim=1)
        labels = torch.randint(0, 3, (9,), generator=generator)  # class 3 never comes
        prototypes.move(features, labels)
        for v, y in zip(features, labels):
            expected[y] = 0.8 * expected[y] + 0.2 * v
        expected = F.normalize(expected, dim=1)
        torch.testing.assert_close(prototypes.read(), expected)
    assert not prototypes.read()[3].any()


def test_what_is_kept_and_what_does_not_fit():
    assert set(Prototypes(2, 2).state_dict()) == {'vectors'}
    assert repr(Prototypes(2, 3, 0.5)) == 'Prototypes((2, 3), momentum=0.5)'
    with pytest.raises(ValueError, match='momentum=1.0'):
        Prototypes(2, 2, 1.0)
