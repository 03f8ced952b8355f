import torch
from torch import Tensor


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
            f'{dims} values cannot be shared among sine and cosine of two axes; take a width '
            'divisible by 4'
        )
    step = torch.arange(dims // 4) / (dims // 4)
    row = torch.arange(height)[:, None] * temperature**-step
    column = torch.arange(width)[:, None] * temperature**-step
    row = torch.cat([row.sin(), row.cos()], dim=1)
    column = torch.cat([column.sin(), column.cos()], dim=1)
    return torch.cat(
        [row[:, None].expand(-1, width, -1), column[None].expand(height, -1, -1)], dim=2
    ).flatten(0, 1)
