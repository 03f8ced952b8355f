import torch
from mmengine.dist import all_gather, get_rank, get_world_size
from torch import Tensor


@torch.compiler.disable
@torch.no_grad()
def gather(*tensors: Tensor, fault: Exception | None = None, places: bool = False) -> list[Tensor]:
    """Each tensor's rows of all processes, in the order in which a sampler dealt them out: first
    rows of each process, second rows of each, and so on.

    The processes may bring different numbers of rows, also none. All of them have to call this in
    the same steps. With one process nothing is copied.

    Args:
        *tensors: (N, ...) each, N the same for all of a process.
        fault: what is wrong with the rows of this process. It is raised here, and every other
            process raises, too: one that raised alone would leave the others waiting for ever.
        places: also tell where this process's rows went.

    Returns:
        Tensors (N of all processes together, ...), without a gradient; with ``places``, last, (N,)
        the places of this process's rows in them.
    """
    if get_world_size() == 1:
        if fault is not None:
            raise fault
        own = [torch.arange(len(tensors[0]), device=tensors[0].device)] if places else []
        return [one.detach() for one in tensors] + own
    count = -1 if fault else len(tensors[0])
    counts = [int(c) for c in all_gather(torch.tensor([count], device=tensors[-1].device))]
    if fault is not None:
        raise fault
    if min(counts) < 0:
        raise RuntimeError(
            f'process {counts.index(-1)} refused its rows; the error is told there (this is '
            f'process {get_rank()})'
        )
    turns = torch.cat([torch.arange(n) * len(counts) + rank for rank, n in enumerate(counts)])
    order = turns.argsort().to(tensors[0].device)
    first = sum(counts[: get_rank()])
    own = [order.argsort()[first : first + count]] if places else []
    return [_gather_one(one.detach(), counts)[order] for one in tensors] + own


def _gather_one(rows: Tensor, counts: list[int]) -> Tensor:
    padded = rows.new_zeros(max(counts), *rows.shape[1:])
    padded[: len(rows)] = rows
    return torch.cat([x[:n] for x, n in zip(all_gather(padded), counts)])
