"""Confusion matrices."""

import numpy as np
import pytest

from mmfer.evaluation import MeanClassAccuracy
from mmfer.visualization import class_accuracies, confusion_counts, confusion_panels

CLASSES = ('surprise', 'fear', 'neutral')
TARGET = np.array([0, 0, 0, 0, 1, 1])  # no image of the third class
PREDICTION = np.array([0, 0, 0, 2, 0, 1])


def test_counts():
    counts = confusion_counts(TARGET, PREDICTION, 3)
    assert counts.tolist() == [[3, 0, 1], [1, 1, 0], [0, 0, 0]]
    with pytest.raises(ValueError, match='go from 0 to 2, but there are 2 classes'):
        confusion_counts(TARGET, PREDICTION, 2)


def test_accuracies_agree_with_the_metric():
    accuracy, mean_class = class_accuracies(confusion_counts(TARGET, PREDICTION, 3))
    assert accuracy == pytest.approx(100 * 4 / 6)
    assert mean_class == pytest.approx((75 + 50) / 2)
    assert mean_class == pytest.approx(MeanClassAccuracy.calculate(PREDICTION, TARGET))


def test_panels_say_what_they_show(words, pixels):
    right = confusion_counts(TARGET, TARGET, 3)
    figure = confusion_panels(
        {'ce': confusion_counts(TARGET, PREDICTION, 3), 'clex': right}, CLASSES
    )
    text = words(figure)
    assert 'ce\naccuracy 66.7 %, mean class 62.5 %, 6 images' in text
    assert 'clex\naccuracy 100.0 %, mean class 100.0 %, 6 images' in text
    first, second = figure.axes
    assert [t.get_text() for t in first.get_xticklabels()] == list(CLASSES)
    # share and count of every cell that has an image, nothing in the others
    assert sorted(t.get_text() for t in first.texts) == sorted(
        ['75', '3', '25', '1', '50', '1', '50', '1']
    )
    shares = np.asarray(second.images[0].get_array())
    assert shares.tolist() == [[100, 0, 0], [0, 100, 0], [0, 0, 0]]
    image = pixels(figure)
    assert image.shape[1] > 1.5 * image.shape[0]  # side by side
    assert image.std() > 10


def test_panels_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match='no confusion matrix'):
        confusion_panels({}, CLASSES)
    with pytest.raises(ValueError, match=r'ce: a matrix of shape \(2, 2\) for 3 classes'):
        confusion_panels({'ce': np.eye(2, dtype=int)}, CLASSES)
