"""The target that follows the encoder."""

import pytest
import torch
from pretraining import mae_style, started

from mmfer.models.selfsup import HOGTarget


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_mixed_precision_leaves_the_target_in_float32(dtype):
    model = started(mae_style())
    images = 50 * torch.randn(2, 3, 48, 48)
    with torch.autocast('cpu', dtype):
        predicted, target, _ = model.predict(images)
        loss = model.loss(images)['loss']
    assert torch.equal(target, HOGTarget()(images)) and target.dtype == torch.float32
    assert predicted.dtype == loss.dtype == torch.float32
    assert not target.requires_grad


def test_target_follows_the_encoder():
    assert mae_style(patch=8).target_generator.patch == 8
    assert mae_style(patch=16, target=dict(cell=4)).neck.decoder_pred.out_features == 3 * 9 * 16
    with pytest.raises(ValueError, match=r'target_generator.patch=16, but the .* \(8, 8\)'):
        mae_style(patch=8, target=dict(patch=16))
    with pytest.raises(ValueError, match='whole cells of 8'):
        mae_style(size=48, patch=12)
