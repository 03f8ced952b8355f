import hashlib

import pytest
import torch

from mmfer.functional import uniform_of

WORD = 2**32 - 1


def hashed(number):
    """Numbers as a run has them."""
    digests = (hashlib.blake2b(str(i).encode(), digest_size=8).digest() for i in range(number))
    return torch.tensor([int.from_bytes(one, 'little') >> 1 for one in digests])


def by_hand(draw, place):
    def mix(x):
        x = ((x ^ (x >> 16)) * 0x21F0AAAD) % 2**32
        x = ((x ^ (x >> 15)) * 0x735A2D97) % 2**32
        return x ^ (x >> 15)

    word = mix((place * 0x9E3779B1 + draw % 2**32) % 2**32)
    return (mix(word ^ (draw >> 32)) >> 8) / 2**24


def test_equals_a_loop_over_whole_numbers():
    draws = [0, 1, WORD, WORD + 1, 2**63 - 1, *hashed(20).tolist()]
    numbers = uniform_of(torch.tensor(draws), 9)
    assert numbers.dtype == torch.float32
    assert numbers.tolist() == [[by_hand(d, i) for i in range(9)] for d in draws]
    assert uniform_of(torch.tensor(draws), 0).shape == (25, 0)


def test_who_is_beside_it_makes_no_difference():
    draws = hashed(30)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(0))
    assert torch.equal(uniform_of(draws, 5)[order], uniform_of(draws[order], 5))
    assert torch.equal(uniform_of(draws[7:8], 5), uniform_of(draws, 5)[7:8])
    assert torch.equal(uniform_of(draws, 5), uniform_of(draws, 8)[:, :5])


# hashes, as it is made for; and neighbouring numbers, as it is not
@pytest.mark.parametrize('draws', [hashed(20000), torch.arange(20000), torch.arange(20000) << 32])
def test_uniform_and_independent(draws):
    """Mean, variance, tenths, and correlations of places and of neighbours, within 5 sigma."""
    numbers = uniform_of(draws, 16)
    sigma = 1 / len(draws) ** 0.5
    assert 0 <= numbers.min() and numbers.max() < 1
    assert (numbers.mean(0) - 0.5).abs().max() < 5 * sigma / 12**0.5
    assert (numbers.var(0) * 12 - 1).abs().max() < 5 * sigma * 0.8**0.5
    tenths = torch.histc(numbers, 10, 0, 1) / numbers.numel()
    assert (tenths - 0.1).abs().max() < 5 * 0.3 / numbers.numel() ** 0.5
    both = torch.cat([numbers[:-1], numbers[1:]], 1)
    assert both.T.corrcoef().fill_diagonal_(0).abs().max() < 5 * sigma


def test_no_device_is_waited_for():
    assert uniform_of(torch.ones(3, dtype=torch.long, device='meta'), 4).shape == (3, 4)
