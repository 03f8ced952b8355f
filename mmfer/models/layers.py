"""The layers of :class:`~mmfer.models.LabelQueryHead`."""

import torch
from torch import Tensor, nn


class LabelQueryBlock(nn.Module):
    """A block of the decoder: queries look at each other (if asked to), then at the tokens, then
    each by itself through two layers.

    Residual and layer norm after each part, as in Query2Label (2107.10834) and DETR.

    Args:
        width: D of queries and tokens.
        heads: of each attention.
        feedforward: width of the hidden layer.
        dropout: of the attention weights, the hidden layer and each branch.
        self_attention: among the queries. Query2Label's code leaves it out by default, and so do
            we.
    """

    def __init__(
        self, width: int, heads: int, feedforward: int, dropout: float, self_attention: bool = False
    ):
        super().__init__()

        def attention() -> nn.Module:
            return nn.MultiheadAttention(width, heads, dropout, batch_first=True)

        self.self_attention = attention() if self_attention else None
        self.self_norm = nn.LayerNorm(width) if self_attention else None
        self.cross_attention = attention()
        self.cross_norm = nn.LayerNorm(width)
        hidden, last = nn.Linear(width, feedforward), nn.Linear(feedforward, width)
        self.feedforward = nn.Sequential(hidden, nn.GELU(), nn.Dropout(dropout), last)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Tensor,
        tokens: Tensor,
        position: Tensor | None = None,
        with_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """New queries, and where they looked.

        Args:
            queries: (N, K, D).
            tokens: (N, L, D).
            position: (L, D), added to the tokens where they are compared, not where they are read.
            with_weights: return the cross-attention, too.

        Returns:
            (N, K, D), and (N, K, L) averaged over the heads, or None.
        """
        if self.self_attention is not None:
            seen, _ = self.self_attention(queries, queries, queries, need_weights=False)
            queries = self.self_norm(queries + self.dropout(seen))
        keys = tokens if position is None else tokens + position
        seen, weights = self.cross_attention(queries, keys, tokens, need_weights=with_weights)
        queries = self.cross_norm(queries + self.dropout(seen))
        return self.norm(queries + self.dropout(self.feedforward(queries))), weights


class ClassLinear(nn.Module):
    """One linear output a class: ``o_k = w_k . h_k + b_k`` (Query2Label), (N, K, D) -> (N, K).

    Args:
        num_classes: K.
        width: D.
    """

    def __init__(self, num_classes: int, width: int):
        super().__init__()
        bound = width**-0.5  # as nn.Linear's
        self.weight = nn.Parameter(torch.empty(num_classes, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(num_classes).uniform_(-bound, bound))

    def forward(self, hidden: Tensor) -> Tensor:
        return (hidden * self.weight).sum(dim=2) + self.bias


def sine_position(height: int, width: int, dims: int, temperature: float = 10000.0) -> Tensor:
    """Sines and cosines of the places of a map.

    A quarter of the values each: sin and cos of the row, sin and cos of the column, at frequencies
    ``temperature**(-i / (dims / 4))``.

    Differs from: the host's ``build_2d_sincos_position_embedding``, whose order of places is that
    of the transposed map: right on square maps alone.

    Args:
        height, width: of the map.
        dims: D, divisible by 4.
        temperature: of the lowest frequency.

    Returns:
        (height * width, D) float32, row after row.

    Raises:
        ValueError: where D cannot be divided by 4.

    >>> sine_position(2, 3, 4)[[0, 1, 3]].round(decimals=2).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.8399999737739563, 0.5400000214576721], \
[0.8399999737739563, 0.5400000214576721, 0.0, 1.0]]
    """
    if dims % 4:
        raise ValueError(
            f"position='sine' needs a width divisible by 4, not {dims}: sine and cosine of two axes"
        )
    frequency = temperature ** -(torch.arange(dims // 4) / (dims // 4))
    row, column = (torch.arange(size)[:, None] * frequency for size in (height, width))
    row, column = (torch.cat([x.sin(), x.cos()], dim=1) for x in (row, column))
    row, column = row[:, None].expand(-1, width, -1), column.expand(height, -1, -1)
    return torch.cat([row, column], dim=2).flatten(0, 1)
