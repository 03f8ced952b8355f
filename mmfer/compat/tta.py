"""Test-time augmentation: the label is that of the merged scores."""

from .repair import repair, wrap


@repair(
    fault='test-time augmentation: pred_label is that of the first version of a picture, whatever '
    'the merged scores say',
    versions=('mmpretrain<1.3', 'onedl-mmpretrain<1.4'),
)
def label_merged_scores() -> None:
    """Give a merged sample the class of its merged scores.

    The host copies the first version's sample and replaces the scores. Accuracy by scores is right,
    whatever reads the label is not: mean class accuracy, confusion matrices, pictures.
    """
    from mmengine.model import BaseTTAModel

    def merge(original, self, data_samples):
        merged = original(self, data_samples)
        if 'pred_label' in merged:
            merged.set_pred_label(merged.pred_score.argmax(0, keepdim=True))
        return merged

    def build(original, self, *args, **kwargs):
        original(self, *args, **kwargs)
        # once there is one: to import the host's models takes seconds
        from mmpretrain.models import AverageClsScoreTTA

        if isinstance(self, AverageClsScoreTTA):
            wrap(AverageClsScoreTTA, '_merge_single_sample', merge)

    wrap(BaseTTAModel, '__init__', build)
