import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..settings import check_number, whole_numbers
from .gathering import gather


class Prototypes(nn.Module):
    """One unit vector a class, moved by the samples of its (pseudo) class one after the other
    (PiCO, ICLR 2022, eq. 6).

    ``P_y <- m P_y + (1 - m) v`` for each sample in the order of the joined batch, then each row is
    brought to length 1. A buffer: saved, resumed, the same on every process.

    Args:
        num_classes: K.
        width: of a vector.
        momentum: m, what is kept, in [0, 1); .99 in PiCO.

    Raises:
        ValueError: on a momentum outside [0, 1), or sizes below 1.
    """

    def __init__(self, num_classes: int, width: int, momentum: float = 0.99):
        super().__init__()
        num_classes, width = whole_numbers(num_classes=num_classes, width=width)
        check_number('momentum', momentum, least=0, below=1, hint='e.g. .99')
        self.momentum = momentum
        self.register_buffer('vectors', torch.zeros(num_classes, width))

    def read(self) -> Tensor:
        """(K, width), rows of length 1, or 0 of a class never seen."""
        return self.vectors.clone()

    @torch.compiler.disable
    @torch.no_grad()
    def move(self, features: Tensor, labels: Tensor) -> None:
        """Move the prototypes by the features (N, width) and class ids (N,) of all processes."""
        features, labels = gather(features, labels)
        member = F.one_hot(labels.long(), len(self.vectors)).to(self.vectors.dtype)
        # how many of the same class come after each sample
        after = member.flip(0).cumsum(0).flip(0) - member
        weight = member * (1 - self.momentum) * self.momentum**after
        moved = self.momentum ** member.sum(0)[:, None] * self.vectors
        moved += weight.T @ features.to(self.vectors.dtype)
        self.vectors.copy_(F.normalize(moved, dim=1))

    def extra_repr(self) -> str:
        return f'{tuple(self.vectors.shape)}, momentum={self.momentum}'
