"""Disambiguation: numbers by hand."""

import numpy as np
import pytest

from mmfer.functional.diagnostics import measure, right_share


def test_numbers_by_hand():
    confidence = np.array([[0.8, 0.2, 0], [0.5, 0, 0.5], [0, 0, 1], [0, 1, 0]])
    clean = np.array([0, 2, 2, 0])
    assert right_share(confidence, clean).tolist() == [1, 0.5, 1, 0]
    many = [0, 1, 3]
    entry = measure(confidence[many], clean[many], 3)
    by_class = entry.pop('by_class')
    assert entry == pytest.approx(
        dict(share_clean=1.5 / 3, confidence_clean=1.3 / 3, share_decided=1 / 3)
    )
    # class a: images 0 and 3; c: image 1
    assert by_class == dict(
        share_clean=[0.5, None, 0.5],
        confidence_clean=[0.4, None, 0.5],
        share_decided=[0.5, None, 0],
    )
