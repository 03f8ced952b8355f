"""Test-time augmentation: the label is that of the merged scores."""

from .repair import repair, wrap


def _keeps_the_first_label() -> bool:
    import torch
    from mmpretrain.models import AverageClsScoreTTA
    from mmpretrain.structures import DataSample

    scores = ((0.6, 0.4), (0.0, 1.0))
    samples = [DataSample().set_pred_score(torch.tensor(one)) for one in scores]
    samples[0].set_pred_label(0)
    merged = AverageClsScoreTTA._merge_single_sample(None, samples)
    return 'pred_label' in merged and int(merged.pred_label) == 0


@repair(
    fault='test-time augmentation: pred_label is that of the first version of a picture, whatever '
    'the merged scores say',
    versions=('mmpretrain<1.3', 'onedl-mmpretrain<1.4'),
    seen=_keeps_the_first_label,
)
def label_merged_scores() -> None:
    """Give a merged sample the class of its merged scores.

    The host copies the first version's sample and replaces the scores. Accuracy by scores is right,
    whatever reads the label is not: mean class accuracy, confusion matrices, pictures.
    """
    from mmpretrain.models import AverageClsScoreTTA

    def merge(original, self, data_samples):
        merged = original(self, data_samples)
        if 'pred_label' in merged:
            merged.set_pred_label(merged.pred_score.argmax(0, keepdim=True))
        return merged

    wrap(AverageClsScoreTTA, '_merge_single_sample', merge)
