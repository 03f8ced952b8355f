"""What a method remembers of every training image."""
from typing import Optional, Sized, Tuple

import torch
from mmengine.dist import all_gather, get_rank, get_world_size
from torch import Tensor, nn


class LabelMemory(nn.Module):
    """A table (num_samples, K), one row a training image: confidences,
    corrected labels, running predictions.

    Rows are named by ``sample_idx``, which the preprocessor hands on as
    ``Targets.index``. The table is a buffer: it is saved in the checkpoint,
    read back on ``--resume``, and the same on every process, because each
    :meth:`write` gathers the rows of all. It is float32 also where the model
    is cast to another type.

    A head calls :meth:`read` and :meth:`write` in each training step; all
    processes have to write in the same steps. :meth:`check` belongs before
    training: it needs the data set, which heads never see.

    Args:
        num_samples: images of the training set, ``len(dataset)``.
        num_classes: K, the width of a row.

    Raises:
        ValueError: on sizes below 1.
    """

    def __init__(self, num_samples: int, num_classes: int):
        super().__init__()
        for name, value in (('num_samples', num_samples),
                            ('num_classes', num_classes)):
            if value < 1:
                raise ValueError(f'{name}={value}; give 1 or more')
        self.register_buffer(
            'table', torch.zeros(num_samples, num_classes, dtype=torch.float32))
        self.register_buffer(
            'written', torch.zeros(num_samples, dtype=torch.bool))

    @property
    def num_samples(self) -> int:
        """Rows of the table."""
        return self.table.size(0)

    @property
    def num_classes(self) -> int:
        """Width of a row."""
        return self.table.size(1)

    def read(self, index: Tensor, default: Tensor) -> Tensor:
        """The rows of a batch, ``default`` where none was ever written.

        Args:
            index: (N,) integers, the images' ``sample_idx``.
            default: (N, K), the batch's own soft labels.

        Returns:
            (N, K) float32, a copy without a gradient.

        Raises:
            ValueError, IndexError: as :meth:`write`.
        """
        _raise(self._fault(index, default, 'default'))
        known = self.written.index_select(0, index).unsqueeze(1)
        rows = self.table.index_select(0, index)
        return torch.where(known, rows, default.detach().float())

    # Its shapes change with the batches of all processes.
    @torch.compiler.disable
    @torch.no_grad()
    def write(self, index: Tensor, rows: Tensor) -> None:
        """Keep the rows of this batch, those of all processes.

        Of an image that comes twice, the later row stays, in the order in
        which the sampler dealt the images out: first of each process, second
        of each process, and so on. One process that sees the joined batch in
        that order writes the same. The processes may bring different numbers
        of rows, also none.

        Args:
            index: (N,) integers, the images' ``sample_idx``.
            rows: (N, K) numbers; kept as float32, without a gradient.

        Raises:
            ValueError: where the shapes do not fit.
            IndexError: on an index that is negative or beyond the table. With
                one process and the table on a GPU, nothing waits for the
                values, and the kernel's own check ends the run there.
                With several processes, all of them raise.
        """
        several = get_world_size() > 1
        fault = self._fault(index, rows, 'rows', wait=several)
        if several:
            index, rows = _gather(index, rows, fault, self.num_classes)
        else:
            _raise(fault)
        index = index.long()
        # Where an image comes twice, both places get the row that stays: the
        # order of writing does not matter and no size depends on the data.
        ordered, places = index.sort(stable=True)
        last = places[torch.searchsorted(ordered, index, right=True) - 1]
        self.table.index_copy_(0, index, rows.float()[last])
        self.written.index_fill_(0, index, True)

    def check(self, dataset: Sized) -> None:
        """Refuse a training set whose ``sample_idx`` does not name its rows.

        Wrappers that pass a sample of the inner data set on as it is are
        fine (``RepeatDataset``, ``ClassBalancedDataset``, ``Subset``,
        ``KFoldDataset``): the table has a row for each image of the inner
        one. A ``ConcatDataset`` is not: each of its parts counts from 0.

        Raises:
            ValueError: on a ``ConcatDataset``, at any depth, or where
                ``num_samples`` is not the number of images.
        """
        outer = type(dataset).__name__
        while not hasattr(dataset, 'datasets') and hasattr(dataset, 'dataset'):
            dataset = dataset.dataset
        if hasattr(dataset, 'datasets'):
            inside = type(dataset).__name__
            where = inside if inside == outer else f'{outer} around a {inside}'
            raise ValueError(
                f'the training set is a {where}: each of its parts numbers '
                'its images from 0, so sample_idx names several images, and '
                'they would share a row of LabelMemory. Make one data set of '
                'the parts, in one list of images')
        if len(dataset) != self.num_samples:
            raise ValueError(
                f'LabelMemory has num_samples={self.num_samples} rows, but '
                f'the training set ({type(dataset).__name__}) has '
                f'{len(dataset)} images. Set num_samples={len(dataset)}')

    def extra_repr(self) -> str:
        """For ``print(model)``."""
        return f'num_samples={self.num_samples}, num_classes={self.num_classes}'

    def _apply(self, fn, recurse: bool = True):
        before = self.table
        super()._apply(fn, recurse)
        if self.table.dtype != torch.float32:  # .half(), .double()
            self.table = before.to(self.table.device)
        return self

    @torch.compiler.disable
    def _fault(self, index: Tensor, rows: Tensor, name: str,
               wait: bool = False) -> Optional[Exception]:
        """What is wrong with a batch; values only where they cost nothing, or
        if told to wait for the device."""
        integers = not (index.is_floating_point() or index.is_complex()
                        or index.dtype == torch.bool)
        if index.dim() != 1 or not integers:
            return ValueError(
                f'index has shape {tuple(index.shape)} and type {index.dtype};'
                ' expected integers (N,), the sample_idx of the batch')
        if rows.shape != (len(index), self.num_classes):
            return ValueError(
                f'{name} has shape {tuple(rows.shape)}; expected '
                f'{(len(index), self.num_classes)}: {len(index)} indices, '
                f'{self.num_classes} classes')
        if len(index) and (wait or index.device.type == 'cpu'):
            low, high = torch.stack(index.aminmax()).tolist()
            if low < 0 or high >= self.num_samples:
                wrong = low if low < 0 else high
                return IndexError(
                    f'sample_idx {wrong}: LabelMemory has rows 0 to '
                    f'{self.num_samples - 1}. num_samples has to be the '
                    'length of the training set')
        return None


def _raise(fault: Optional[Exception]) -> None:
    if fault is not None:
        raise fault


def _gather(index: Tensor, rows: Tensor, fault: Optional[Exception],
            num_classes: int) -> Tuple[Tensor, Tensor]:
    """Indices and rows of all processes, in the sampler's order."""
    count = -1 if fault else len(index)
    # Sizes first. They also tell of a fault: a process that raised alone
    # would leave the others waiting for ever.
    counts = [int(c) for c in all_gather(
        torch.tensor([count], device=rows.device))]
    _raise(fault)
    if min(counts) < 0:
        raise RuntimeError(
            f'LabelMemory: process {counts.index(-1)} refused its rows; the '
            f'error is told there (this is process {get_rank()})')
    most = max(counts)
    all_index = index.new_zeros(most)
    all_rows = rows.new_zeros(most, num_classes)
    all_index[:count], all_rows[:count] = index, rows
    index = torch.cat([x[:n] for x, n in zip(all_gather(all_index), counts)])
    rows = torch.cat([x[:n] for x, n in zip(all_gather(all_rows), counts)])
    turns = torch.cat([
        torch.arange(n) * len(counts) + rank for rank, n in enumerate(counts)
    ])
    order = turns.argsort().to(index.device)
    return index[order], rows[order]
