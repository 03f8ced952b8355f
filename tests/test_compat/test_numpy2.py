"""What numpy 2 no longer takes."""

import mmcv
import numpy as np
import pytest
from mmpretrain.evaluation import RetrievalRecall

from mmfer import compat

hue_fault = pytest.mark.skipif(
    not compat.turn_hue_backwards.concerned, reason='no fault: the fork, or numpy < 2'
)


class TestHue:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)

    @hue_fault
    def test_fault(self):
        original = mmcv.image.photometric.adjust_hue.__wrapped__
        with pytest.raises(OverflowError):
            original(self.image, -0.1)

    @pytest.mark.parametrize('backend', ['cv2', 'pillow'])
    @pytest.mark.parametrize(
        'turn, expected',
        [
            (-1 / 3, (255, 0, 0)),  # a third of the circle back from red is blue
            (0.0, (0, 0, 255)),
            (1 / 3, (0, 255, 0)),
        ],
    )
    def test_cure(self, backend, turn, expected):
        red = np.full((2, 2, 3), (0, 0, 255), dtype=np.uint8)
        for adjust in (mmcv.adjust_hue, mmcv.image.adjust_hue):
            turned = adjust(red, turn, backend=backend).astype(int)
            assert np.abs(turned - expected).max() <= 6  # hue has 256 steps

    @hue_fault
    def test_positive_hue_is_untouched(self):
        original = mmcv.image.photometric.adjust_hue.__wrapped__
        assert np.array_equal(mmcv.adjust_hue(self.image, 0.3), original(self.image, 0.3))

    def test_out_of_range_is_still_an_error(self):
        with pytest.raises(ValueError, match='-0.6'):
            mmcv.adjust_hue(self.image, -0.6)


class TestIn1d:
    @staticmethod
    def recall() -> list:
        """Recall of the first of two ranked images, of which the second fits."""
        scores = np.array([[0.9, 0.5]])
        return [
            float(value)
            for value in RetrievalRecall.calculate(scores, [[1]], topk=(1, 2), target_indices=True)
        ]

    @pytest.mark.skipif(not compat.keep_in1d.concerned, reason='no fault: the fork, or numpy < 2.4')
    def test_fault(self, monkeypatch):
        monkeypatch.delattr(np, 'in1d')
        with pytest.raises(AttributeError, match='in1d'):
            self.recall()

    def test_cure(self):
        assert self.recall() == [0.0, 100.0]

    @pytest.mark.skipif(not compat.keep_in1d.active, reason='numpy has its own')
    def test_it_flattens(self):
        found = np.in1d([[1, 2], [3, 4]], [[2], [4]])
        assert found.tolist() == [False, True, False, True]
        assert np.in1d([1, 2], [2], invert=True).tolist() == [True, False]
