import math
from collections.abc import Iterator, Sized

import numpy as np
import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmpretrain.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from ..functional.arguments import check_number


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler):
    """Every class as often as every other, by the labels that training sees.

    An epoch of N images takes N / K of each class, in an order shuffled over the whole; a class's
    images are used up before one comes again. The order depends on the seed and the epoch alone,
    and several processes share it out in turn, as with mmengine's ``DefaultSampler``.

    Args:
        dataset: with ``get_gt_labels()``; classes without an image are passed over.
        num_samples: images an epoch, over all processes; None takes the data set's length.
        seed: None draws one that all processes share.
    """

    def __init__(
        self,
        dataset: Sized,
        num_samples: int | None = None,
        seed: int | None = None,
        shuffle: bool = True,
    ):
        if not hasattr(dataset, 'get_gt_labels'):
            name = type(dataset).__name__
            raise TypeError(f'{name} has no get_gt_labels(); give the data set itself, no wrapper')
        if not shuffle:
            raise ValueError('shuffle=False: a balanced order is drawn; use DefaultSampler')
        if num_samples is not None:
            num_samples = check_number('num_samples', num_samples, least=1, whole=True)
        if seed is not None:
            seed = check_number('seed', seed, whole=True)
        labels = torch.as_tensor(np.asarray(dataset.get_gt_labels()))
        self.members = [(labels == label).nonzero().flatten() for label in labels.unique()]
        self.rank, self.world_size = get_dist_info()
        self.total = num_samples or len(dataset)
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0

    def __len__(self) -> int:
        """The number of samples on this rank."""
        return math.ceil(self.total / self.world_size)

    def __iter__(self) -> Iterator[int]:
        """Indices of this rank's images of the epoch."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        # Whose turn it is for what does not divide evenly is drawn, too.
        order = torch.randperm(len(self.members), generator=generator)
        chosen = []
        for turn, which in enumerate(order.tolist()):
            members = self.members[which]
            count = (self.total - turn + len(order) - 1) // len(order)
            rounds = range(math.ceil(count / len(members)))
            orders = [torch.randperm(len(members), generator=generator) for _ in rounds]
            chosen.append(members[torch.cat([members[:0], *orders])[:count]])
        indices = torch.cat(chosen)
        indices = indices[torch.randperm(len(indices), generator=generator)]
        # as many for each process: the first come again
        size = len(self) * self.world_size
        indices = indices.repeat(math.ceil(size / self.total))[:size]
        return iter(indices[self.rank :: self.world_size].tolist())

    def set_epoch(self, epoch: int) -> None:
        """Called by the runner before each epoch."""
        self.epoch = epoch
