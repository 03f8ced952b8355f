"""The layers of the label-query decoder."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmfer.models.layers import ClassLinear, LabelQueryBlock, sine_position

K = 5


def test_block_by_hand():
    torch.manual_seed(0)
    block = LabelQueryBlock(8, 2, 16, dropout=0.5, self_attention=True).double().eval()
    queries, seen = torch.randn(2, 3, 8).double(), torch.randn(2, 6, 8).double()
    position = torch.randn(6, 8).double()

    def attend(layer, q, k, v):
        w, b = layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3)
        q, k, v = (
            F.linear(x, *wb).unflatten(2, (2, 4)).transpose(1, 2)
            for x, wb in zip((q, k, v), zip(w, b))
        )
        weights = (q @ k.transpose(2, 3) / math.sqrt(4)).softmax(3)
        return layer.out_proj((weights @ v).transpose(1, 2).flatten(2)), weights.mean(1)

    x = block.self_norm(queries + attend(block.self_attention, queries, queries, queries)[0])
    there, weights = attend(block.cross_attention, x, seen + position, seen)
    x = block.cross_norm(x + there)
    first, _, _, last = block.feedforward
    expected = block.norm(x + last(F.gelu(first(x))))
    found, looked = block(queries, seen, position, with_weights=True)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(looked, weights)
    # asking for the weights changes nothing else
    without, none = block(queries, seen, position)
    torch.testing.assert_close(without, found)
    assert none is None


def test_one_linear_output_a_class():
    torch.manual_seed(0)
    layer, hidden = ClassLinear(K, 4), torch.randn(3, K, 4)
    out = layer(hidden)
    for n in range(3):
        for k in range(K):
            expected = hidden[n, k] @ layer.weight[k] + layer.bias[k]
            torch.testing.assert_close(out[n, k], expected)


def test_position_by_a_loop():
    found = sine_position(2, 3, 8)
    for row in range(2):
        for column in range(3):
            expected = [
                f(x * 10000 ** (-i / 2))
                for x in (row, column)
                for f in (math.sin, math.cos)
                for i in range(2)
            ]
            assert found[3 * row + column].tolist() == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ValueError, match="position='sine' needs a width divisible by 4, not 10"):
        sine_position(2, 3, 10)
