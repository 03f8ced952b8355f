import pytest
import torch

from mmfer.functional import kept_share, smallest


def test_smallest_equals_sorting():
    loss = torch.rand(50, generator=torch.Generator().manual_seed(0))
    for count in (0, 1, 17, 50):
        expected = set(sorted(range(50), key=lambda i: loss[i].item())[:count])
        assert set(smallest(loss, count).nonzero().flatten().tolist()) == expected
    assert smallest(torch.ones(9), 4).sum() == 4  # also among equals
    with pytest.raises(ValueError, match='51 of 50'):
        smallest(loss, 51)


def test_kept_share():
    assert [kept_share(e, 0.3, 10) for e in (0, 5, 10, 50)] == pytest.approx([1, 0.85, 0.7, 0.7])
    assert kept_share(0, 0.3, 0) == pytest.approx(0.7)
