import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn

from ..settings import whole_numbers
from .gathering import gather


class LabelMemory(nn.Module):
    """A table (num_samples, width), one row a training image: confidences, corrected labels,
    running predictions.

    Rows are named by ``sample_idx``, which the preprocessor hands on as ``Targets.index``. The
    table is a buffer: it is saved in the checkpoint, read back on ``--resume``, and the same on
    every process, because each :meth:`write` gathers the rows of all. It is float32 also where the
    model is cast to another type.

    It has no rows at first. Training gives it those of the data set (:meth:`prepare`, by
    ``MethodHook``); a checkpoint that is loaded into it without a data set brings its own. Weights
    alone load, too: a network that only predicts needs no table. All processes have to
    :meth:`write` in the same steps.

    Args:
        width: of a row, often the number of classes.

    Raises:
        ValueError: on a width below 1.
    """

    def __init__(self, width: int):
        super().__init__()
        (width,) = whole_numbers(width=width)
        self.register_buffer('table', torch.zeros(0, width, dtype=torch.float32))
        self.register_buffer('written', torch.zeros(0, dtype=torch.bool))

    @property
    def num_samples(self) -> int:
        """Rows of the table."""
        return self.table.size(0)

    @property
    def width(self) -> int:
        """Width of a row."""
        return self.table.size(1)

    def prepare(self, num_samples: int, class_counts: Tensor | None = None) -> None:
        """A row for each image of the training set, none written; those of a table that has as many
        already stay."""
        if num_samples != self.num_samples:
            self.table = self.table.new_zeros(num_samples, self.width)
            self.written = self.written.new_zeros(num_samples)

    def read(self, index: Tensor | None, default: Tensor) -> Tensor:
        """The rows of a batch, ``default`` where none was ever written.

        Args:
            index: (N,) integers, the images' ``sample_idx``.
            default: (N, width), for instance the batch's own soft labels.

        Returns:
            (N, width) float32, a copy without a gradient.

        Raises:
            ValueError, IndexError, RuntimeError: as :meth:`write`.
        """
        fault = self._fault(index, default, 'default')
        if fault is not None:
            raise fault
        known = self.written.index_select(0, index).unsqueeze(1)
        rows = self.table.index_select(0, index)
        return torch.where(known, rows, default.detach().float())

    # Its shapes change with the batches of all processes.
    @torch.compiler.disable
    @torch.no_grad()
    def write(self, index: Tensor | None, rows: Tensor) -> None:
        """Keep the rows of this batch, those of all processes.

        Of an image that comes twice, the later row stays, in the order of
        :func:`~mmfer.models.memories.gather`.

        Args:
            index: (N,) integers, the images' ``sample_idx``.
            rows: (N, width) numbers; kept as float32, without a gradient.

        Raises:
            ValueError: where the shapes do not fit, or the samples do not tell their
                ``sample_idx``.
            IndexError: on an index that is negative or beyond the table, in all processes. With one
                process and the table on a GPU, nothing waits for the values, and the kernel's own
                check ends the run.
            RuntimeError: where the table has no rows yet.
        """
        fault = self._fault(index, rows, 'rows', wait=get_world_size() > 1)
        if index is None:
            raise fault
        index, rows = gather(index, rows, fault=fault)
        index = index.long()
        # Where an image comes twice, both places get the row that stays: the order of writing does
        # not matter and no size depends on the data.
        ordered, places = index.sort(stable=True)
        last = places[torch.searchsorted(ordered, index, right=True) - 1]
        self.table.index_copy_(0, index, rows.float()[last])
        self.written.index_fill_(0, index, True)

    def extra_repr(self) -> str:
        return f'num_samples={self.num_samples}, width={self.width}'

    def _apply(self, fn, recurse: bool = True):
        before = self.table
        super()._apply(fn, recurse)
        if self.table.dtype != torch.float32:  # .half(), .double()
            self.table = before.to(self.table.device)
        return self

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
        saved = state_dict.get(f'{prefix}table')
        if self.num_samples == 0 and saved is None:
            return
        if saved is not None and saved.shape[1:] == self.table.shape[1:]:
            if len(saved) == 0:
                return
            if self.num_samples == 0:
                self.prepare(len(saved))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    @torch.compiler.disable
    def _fault(self, index, rows: Tensor, name: str, wait: bool = False) -> Exception | None:
        """What is wrong with a batch; its values only on a CPU, or if told to wait for them."""
        if index is None:
            return ValueError(
                'a row an image is kept, and the samples do not tell theirs; leave '
                "'sample_idx' in the meta_keys of PackInputs"
            )
        if self.num_samples == 0:
            return RuntimeError(
                'LabelMemory has no rows: MethodHook gives it those of the training set. Take it '
                'up into custom_hooks (configs/_base_/default_runtime.py has it), or, without a '
                'Runner, call memory.prepare(len(dataset))'
            )
        other = index.is_floating_point() or index.is_complex() or index.dtype == torch.bool
        if index.dim() != 1 or other:
            return ValueError(
                f'index has shape {tuple(index.shape)} and type {index.dtype}; expected integers '
                '(N,), the sample_idx of the batch'
            )
        if rows.shape != (len(index), self.width):
            return ValueError(
                f'{name} has shape {tuple(rows.shape)}; expected {(len(index), self.width)}: '
                f'{len(index)} indices, width {self.width}'
            )
        if len(index) and (wait or index.device.type == 'cpu'):
            low, high = torch.stack(index.aminmax()).tolist()
            if low < 0 or high >= self.num_samples:
                wrong = low if low < 0 else high
                return IndexError(
                    f'sample_idx {wrong}: LabelMemory has rows 0 to {self.num_samples - 1}, one '
                    'for each image of the training set'
                )
        return None
