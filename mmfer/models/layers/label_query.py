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
        self,
        width: int,
        heads: int,
        feedforward: int,
        dropout: float = 0.1,
        self_attention: bool = False,
    ):
        super().__init__()
        self.self_attention = (
            nn.MultiheadAttention(width, heads, dropout, batch_first=True)
            if self_attention
            else None
        )
        self.self_norm = nn.LayerNorm(width) if self_attention else None
        self.cross_attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.cross_norm = nn.LayerNorm(width)
        self.feedforward = nn.Sequential(
            nn.Linear(width, feedforward),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(feedforward, width),
        )
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
        queries = self.norm(queries + self.dropout(self.feedforward(queries)))
        return queries, weights


class ClassLinear(nn.Module):
    """One linear output a class: ``o_k = w_k . h_k + b_k`` (Query2Label).

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
        """(N, K, D) -> (N, K)."""
        return (hidden * self.weight).sum(dim=2) + self.bias
