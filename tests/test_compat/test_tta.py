"""The label of merged scores."""

import pytest
import torch
from mmengine.model import BaseModel
from mmpretrain.models import AverageClsScoreTTA
from mmpretrain.structures import DataSample

from mmfer import compat


class Plain(BaseModel):
    def forward(self, inputs, data_samples=None, mode='tensor'):
        return inputs


def versions(label):
    """Two of a picture: the first says class 0, both together class 1."""
    found = []
    for scores in ((0.6, 0.4), (0.1, 0.9)):
        sample = DataSample().set_gt_label(1).set_pred_score(torch.tensor(scores))
        if label:
            sample.set_pred_label(sample.pred_score.argmax())
        found.append(sample)
    return found


@pytest.mark.skipif(not compat.label_merged_scores.concerned, reason='no fault')
def test_fault():
    AverageClsScoreTTA(Plain())  # which makes the repair
    merge = AverageClsScoreTTA._merge_single_sample.__wrapped__
    assert merge(None, versions(True)).pred_label.tolist() == [0]


@pytest.mark.parametrize('label', [True, False])
def test_cure(label):
    (merged,) = AverageClsScoreTTA(Plain()).merge_preds([versions(label)])
    assert merged.pred_score.tolist() == pytest.approx([0.35, 0.65])
    assert merged.gt_label.tolist() == [1]
    assert ('pred_label' in merged) == label
    if label:
        assert merged.pred_label.tolist() == [1]
