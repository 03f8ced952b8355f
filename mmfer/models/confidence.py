"""The confidence in each candidate label of each training image."""
from typing import List, Sized

import torch
from torch import Tensor, nn

from ..functional import respond, top_two
from .label_memory import LabelMemory
from .views import Targets

UPDATES = ('none', 'proden', 'revise')
ORDERS = ('after', 'before')


class ConfidenceTable(LabelMemory):
    """A :class:`LabelMemory` that nobody has to tell its length.

    It has no rows at first. Training gives it those of the data set
    (:meth:`size_to`, by ``LabelMemoryHook``); a checkpoint that is loaded
    into it without a data set brings its own. Weights alone load, too: a
    network that only predicts needs no table.
    """

    def __init__(self, num_classes: int):
        super().__init__(1, num_classes)
        self.resize(0)

    def resize(self, num_samples: int) -> None:
        """That many rows, none written."""
        self.table = self.table.new_zeros(num_samples, self.num_classes)
        self.written = self.written.new_zeros(num_samples)

    def size_to(self, dataset: Sized) -> None:
        """A row for each image of the training set; rows of a table that has
        as many already stay.

        Raises:
            ValueError: as :meth:`LabelMemory.check`.
        """
        inner = dataset
        while not hasattr(inner, 'datasets') and hasattr(inner, 'dataset'):
            inner = inner.dataset
        if len(inner) != self.num_samples:
            self.resize(len(inner))
        self.check(dataset)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
        saved = state_dict.get(f'{prefix}table')
        if self.num_samples == 0 and saved is None:
            return
        if saved is not None and saved.shape[1:] == self.table.shape[1:]:
            if len(saved) == 0:
                return
            if self.num_samples == 0:
                self.resize(len(saved))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


class ConfidenceRevision(nn.Module):
    """What a head trains on: a confidence in each candidate (PLL-FER, arXiv
    2209.15402, eq. 3 and 4, algorithm 1).

    In each training step it hands out the confidences of the batch's images
    and keeps new ones, from what the network believes of the candidates. The
    candidates are always those of the data set (the support of
    ``Targets.soft``), never those that the last confidence left: a class that
    lost all confidence may win it back. An image with one candidate keeps it.
    The first confidence is what the data set gives: uniform over the
    candidates (as published), or the annotators' shares.

    Args:
        num_classes: K, at least 2.
        update: ``'none'`` keeps the first confidence; ``'proden'`` takes the
            softmax over the candidates (PRODEN, ICML 2020); ``'revise'`` the
            response below, then the top-2 rule (as published).
        response, centre: of :func:`~mmfer.functional.respond`: ``'sigmoid'``
            is as published.
        threshold, measure, below: of :func:`~mmfer.functional.top_two`. The
            published threshold is lost.
        revision: ``'after'``: the loss has the confidence from before this
            step, as PRODEN's code does; ``'before'``: the new one.

    Raises:
        ValueError: on an unknown name or a negative threshold.
    """

    def __init__(self,
                 num_classes: int,
                 update: str = 'revise',
                 response: str = 'sigmoid',
                 centre: bool = False,
                 threshold: float = .5,
                 measure: str = 'margin',
                 below: str = 'soft',
                 revision: str = 'after'):
        super().__init__()
        for name, value, allowed in (('update', update, UPDATES),
                                     ('revision', revision, ORDERS)):
            if value not in allowed:
                raise ValueError(
                    f'{name}={value!r} is unknown; allowed: {allowed}')
        self.update = update
        self.response = dict(response=response, centre=centre)
        self.rule = dict(threshold=threshold, measure=measure, below=below)
        self.revision = revision
        # Unknown names fail here, not after the data was read.
        even = torch.full((1, num_classes), 1 / num_classes)
        top_two(respond(even, even, **self.response), **self.rule)
        if update != 'none':
            self.table = ConfidenceTable(num_classes)

    def forward(self, logits: List[Tensor], targets: Targets) -> Tensor:
        """The confidences to train on in this step; keeps the new ones.

        Args:
            logits: of V views, (N, K) each; the mean of their responses
                counts.
            targets: with ``soft``, and ``index`` unless nothing is updated.

        Returns:
            (N, K) float32, without a gradient.

        Raises:
            ValueError: where a sample does not tell its ``sample_idx``.
            RuntimeError: where the table has no rows yet.
        """
        first = targets.soft.detach().float()
        if self.update == 'none':
            return first
        self._check(targets)
        old = self.table.read(targets.index, first)
        new = self.revise(logits, first)
        self.table.write(targets.index, new)
        return old if self.revision == 'after' else new

    @torch.no_grad()
    def revise(self, logits: List[Tensor], candidates: Tensor) -> Tensor:
        """The new confidences: (N, K) float32.

        Args:
            logits: of V views, (N, K) each.
            candidates: (N, K), above 0 in the candidate set; a row with one
                stays as it is.
        """
        settings = (dict(response='softmax') if self.update == 'proden'
                    else self.response)
        new = torch.stack(
            [respond(one, candidates, **settings) for one in logits]).mean(0)
        if self.update == 'revise':
            new = top_two(new, **self.rule)
        several = (candidates > 0).sum(dim=1, keepdim=True) > 1
        return torch.where(several, new.float(), candidates)

    def _check(self, targets: Targets) -> None:
        if targets.index is None:
            raise ValueError(
                f'update={self.update!r} keeps a row an image, and the '
                "samples do not tell theirs; leave 'sample_idx' in the "
                'meta_keys of PackInputs')
        if self.table.num_samples == 0:
            raise RuntimeError(
                'the table of confidences has no rows: LabelMemoryHook gives '
                'it those of the training set. Take it up into custom_hooks '
                '(configs/_base_/default_runtime.py has it), or, without a '
                'Runner, call table.size_to(dataset)')

    def extra_repr(self) -> str:
        """For ``print(model)``."""
        return ', '.join(
            f'{k}={v!r}' for k, v in dict(
                update=self.update, **self.response, **self.rule,
                revision=self.revision).items())
