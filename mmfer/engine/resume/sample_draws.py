"""Random numbers of each training sample: by its place in the epoch, not by who loads it."""

import hashlib
import numbers
import random
import struct
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.structures import BaseDataElement
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler


def digest(kind: str, *words: int) -> bytes:
    """16 bytes that tell these numbers from all others, and this kind of draw from others.

    >>> digest('step', 0, 1) == digest('step', 1, 0)
    False
    """
    packed = struct.pack(f'<{len(words)}q', *words)
    return hashlib.blake2b(packed, digest_size=16, person=kind.encode()).digest()


def seed_generators(kind: str, *words: int) -> int:
    """Seed random, numpy and torch's generator of the CPU from a kind and numbers; neighbouring
    numbers give streams that have nothing to do with each other. Returns torch's seed, for
    ``torch.manual_seed`` where other devices draw as well (in half a millisecond, too long for each
    sample).
    """
    for_torch, for_numpy, for_random = struct.unpack('<QII', digest(kind, *words))
    random.seed(for_random)
    np.random.seed(for_numpy)
    torch.default_generator.manual_seed(for_torch)
    return for_torch


class Draw(int):
    """An image's index that carries the number of this one draw of it, 0 to 2**63 - 1."""

    number: int

    def __new__(cls, index: int, number: int):
        draw = super().__new__(cls, index)
        draw.number = number
        return draw

    def __reduce__(self):
        return Draw, (int(self), self.number)


class NumberedSampler(Sampler):
    """Another sampler's indices, each as a :class:`Draw`, whose number follows from the run's seed,
    the epoch, the place in the epoch and the index: an image that comes again has another.

    Samplers deal the places of an epoch out in turn (place p goes to process p modulo the number of
    processes), as MMEngine's, torch's and ours do: so several processes have the numbers of one.
    """

    def __init__(self, sampler: Sampler, seed: int):
        self.sampler, self.seed = sampler, seed
        self.rank, self.world_size = get_dist_info()
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Number the draws of the run's next epoch."""
        self.epoch, self.passes = epoch, 0

    def __iter__(self) -> Iterator[int]:
        # training that counts iterations has one epoch, of several passes
        turn = getattr(self.sampler, 'epoch', self.passes)
        self.passes += 1
        for i, index in enumerate(self.sampler):
            if isinstance(index, numbers.Integral):
                place = i * self.world_size + self.rank
                own = digest('sample', self.seed, self.epoch, turn, place, int(index))
                index = Draw(index, int.from_bytes(own[:8], 'little') >> 1)
            yield index

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str):
        if name == 'sampler':  # before there is one
            raise AttributeError(name)
        return getattr(self.sampler, name)  # what batch samplers and hooks ask for


class SeededItems:
    """The items of a data set, each made from random numbers of its own draw.

    The generators are not set back: what a step draws is seeded anew after its batch
    (:class:`~mmfer.engine.EpochSeedHook`). Transforms with generators of their own, as
    Albumentations has, are not reached.
    """

    def __init__(self, dataset: Dataset):
        self.dataset = dataset

    def __call__(self, indices: Sequence[int]) -> list:
        return [self.item(index) for index in indices]

    def item(self, index: int):
        """One item; its sample tells the number as ``draw``."""
        if not isinstance(index, Draw):
            return self.dataset[index]
        seed_generators('item', index.number)
        item = self.dataset[int(index)]
        sample = item.get('data_samples') if isinstance(item, dict) else None
        if isinstance(sample, BaseDataElement):
            sample.set_field(index.number, 'draw', field_type='metainfo')
        return item


def draw_by_sample(loader: DataLoader, seed: int) -> NumberedSampler | None:
    """Let a data loader draw what it draws by sample: any number of workers, new ones each epoch or
    not, then gives the same. Returns what numbers the draws; None where a loader has no indices of
    images to number, or its data set is a plain list.
    """
    dataset, batches = loader.dataset, getattr(loader, 'batch_sampler', None)
    if isinstance(dataset, IterableDataset) or not hasattr(batches, 'sampler'):
        return None
    try:
        # which the data loader's processes ask for the items of a batch
        dataset.__getitems__ = SeededItems(dataset)
    except AttributeError:  # a list
        return None
    batches.sampler = NumberedSampler(batches.sampler, seed)
    return batches.sampler
