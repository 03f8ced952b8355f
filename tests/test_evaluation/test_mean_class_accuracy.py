import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmpretrain.structures import DataSample
from sklearn.metrics import balanced_accuracy_score

from mmfer.evaluation import MeanClassAccuracy


def evaluate(pred: np.ndarray, target: np.ndarray) -> dict:
    samples = [
        DataSample().set_pred_label(int(p)).set_gt_label(int(t)).to_dict()
        for p, t in zip(pred, target)
    ]
    evaluator = Evaluator(metrics=[MeanClassAccuracy()])
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


def test_by_hand():
    # recalls: class 0 2/3, class 1 1/1, class 2 0/2
    pred = np.array([0, 0, 1, 1, 0, 1])
    target = np.array([0, 0, 0, 1, 2, 2])
    assert evaluate(pred, target) == {
        'accuracy/mean_class': pytest.approx(100 * (2 / 3 + 1 + 0) / 3)
    }


def test_equals_sklearn():
    rng = np.random.default_rng(0)
    target = rng.choice(7, 500, p=[0.4, 0.3, 0.1, 0.08, 0.06, 0.04, 0.02])
    pred = np.where(rng.random(500) < 0.6, target, rng.integers(0, 7, 500))
    expected = 100 * balanced_accuracy_score(target, pred)
    assert evaluate(pred, target)['accuracy/mean_class'] == pytest.approx(expected, abs=1e-9)


def test_class_without_images_does_not_count():
    pred, target = np.array([0, 5, 1]), np.array([0, 0, 1])
    assert MeanClassAccuracy.calculate(pred, target) == pytest.approx(75.0)


def test_takes_scores_where_there_is_no_label():
    metric = MeanClassAccuracy()
    sample = DataSample().set_pred_score(torch.tensor([0.1, 0.7, 0.2]))
    metric.process(None, [sample.set_gt_label(1).to_dict()])
    assert metric.results == [(1, 1)]
