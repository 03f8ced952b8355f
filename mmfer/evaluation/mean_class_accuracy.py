"""Mean of the per-class accuracies."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS


@METRICS.register_module()
class MeanClassAccuracy(BaseMetric):
    """Mean over the classes of the share of its images named rightly.

    FER test sets are unbalanced (RAF-DB: 1185 happy, 74 fear), so papers report this beside the
    plain accuracy. Classes without a test image do not count. Logged in percent as
    ``accuracy/mean_class``.

    Args:
        collect_device: Where ranks gather their results, 'cpu' or 'gpu'. Defaults to 'cpu'.
        prefix: Prefix of the logged name. Defaults to None, which means 'accuracy'.

    Examples:
        >>> import numpy as np
        >>> MeanClassAccuracy.calculate(np.array([0, 0, 0, 1]),
        ...                             np.array([0, 0, 1, 1]))
        75.0
    """

    default_prefix: str | None = 'accuracy'

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep (predicted class, true class) of each image of one batch."""
        for sample in data_samples:
            if 'pred_label' in sample:
                pred = int(sample['pred_label'])
            else:
                pred = int(sample['pred_score'].argmax())
            self.results.append((pred, int(sample['gt_label'])))

    def compute_metrics(self, results: list[tuple[int, int]]) -> dict:
        """The metric over the whole test set, gathered from all ranks."""
        pred, target = np.array(results).T
        return {'mean_class': self.calculate(pred, target)}

    @staticmethod
    def calculate(pred: np.ndarray, target: np.ndarray) -> float:
        """Mean recall, in percent, over the classes present in ``target``.

        Args:
            pred: Predicted classes, shape (N,).
            target: True classes, shape (N,).
        """
        recalls = [(pred[target == k] == k).mean() for k in np.unique(target)]
        return 100.0 * float(np.mean(recalls))
