"""Random numbers that follow from a number of each sample, the same in any batch, on any device."""

import torch
from torch import Tensor

WORD = 0xFFFFFFFF


def uniform_of(draw: Tensor, size: int) -> Tensor:
    """Uniform numbers of each sample, by a hash of its draw's number: what else is in the batch,
    and on which device it is, makes no difference.

    Two rounds of a function that mixes 32 bits (three xor-shifts, two multiplications), the upper
    24 bits as a fraction.

    Args:
        draw: (N,) int64 numbers from 0 to 2**63 - 1, as a hash gives them.
        size: numbers of each sample, below 2**24.

    Returns:
        (N, size) float32 in [0, 1), in steps of 2**-24.

    >>> numbers = uniform_of(torch.tensor([5, 2**40, 5]), 3)
    >>> torch.equal(numbers[0], numbers[2]), torch.equal(numbers[0], numbers[1])
    (True, False)
    """
    place = torch.arange(size, device=draw.device) * 0x9E3779B1  # by the golden ratio
    low, high = draw[:, None] & WORD, draw[:, None] >> 32
    words = _mix(_mix((place + low) & WORD) ^ high)
    return (words >> 8).float() * 2.0**-24


def _mix(x: Tensor) -> Tensor:
    """A one-to-one function of 32 bits; no product reaches 2**63."""
    x = ((x ^ (x >> 16)) * 0x21F0AAAD) & WORD
    x = ((x ^ (x >> 15)) * 0x735A2D97) & WORD
    return x ^ (x >> 15)
