import pytest
import torch

from mmfer.models import MobileFaceNet


def test_mobilefacenet_shapes_and_size():
    model = MobileFaceNet(out_indices=range(6)).eval()
    outs = model(torch.zeros(2, 3, 112, 112))
    assert [tuple(o.shape[1:]) for o in outs] == [
        (64, 28, 28),
        (128, 14, 14),
        (128, 14, 14),
        (128, 7, 7),
        (128, 7, 7),
        (512, 7, 7),
    ]
    # The paper's 0.99 million less the embedding: 7 x 7 x 512 depth-wise and 512 x 128 linear, with
    # their batch norms.
    embedding = 7 * 7 * 512 + 2 * 512 + 512 * 128 + 2 * 128
    count = sum(p.numel() for p in model.parameters())
    assert count + embedding == pytest.approx(0.99e6, rel=0.02)


def test_frozen_stages_stay_as_they_are():
    model = MobileFaceNet(frozen_stages=2).train()
    assert not model.stem.training and not model.stages[0].training
    assert model.stages[1].training
    assert not any(p.requires_grad for p in model.stages[0].parameters())
    assert all(p.requires_grad for p in model.stages[1].parameters())


@pytest.mark.parametrize('indices', [(), (6,), (-1,)])
def test_outputs_that_are_not_there(indices):
    with pytest.raises(ValueError, match='allowed'):
        MobileFaceNet(out_indices=indices)
