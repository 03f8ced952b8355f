"""What ``--tta`` and ``--show-dir`` of tools/test.py do to a config."""

import copy

from mmengine.config import Config, ConfigDict


def set_tta(cfg: Config) -> None:
    """Test-time augmentation, in place: ``tta_pipeline`` and ``tta_model`` of the config, or, where
    it has none, each picture and its mirror image, and the mean of their scores.

    Raises:
        ValueError: The test pipeline does not end in PackInputs, before which the mirror comes.
    """
    model = cfg.get('tta_model') or dict(type='mmpretrain.AverageClsScoreTTA')
    for dataset in _data_sets(cfg.test_dataloader.dataset):
        dataset.pipeline = cfg.get('tta_pipeline') or _mirrored(dataset.pipeline)
    cfg.model = ConfigDict(**model, module=cfg.model)


def set_pictures(
    cfg: Config, folder: str | None, show: bool, interval: int, wait_time: float
) -> None:
    """Draw each ``interval``-th tested picture with its label and prediction, in place, into a
    folder, or in a window for some seconds."""
    if 'default_hooks' not in cfg:
        cfg.default_hooks = dict()
    # instead of the host's, which training may draw with
    cfg.default_hooks.visualization = dict(
        type='PictureHook', out_dir=folder, show=show, interval=interval, wait_time=wait_time
    )


def _data_sets(dataset: ConfigDict) -> list[ConfigDict]:
    """Those with a pipeline, inside wrappers."""
    if 'datasets' in dataset:
        return [one for part in dataset.datasets for one in _data_sets(part)]
    return _data_sets(dataset.dataset) if 'dataset' in dataset else [dataset]


def _mirrored(pipeline: list) -> list:
    kind = pipeline[-1]['type'] if pipeline else None
    if str(kind).rpartition('.')[2] != 'PackInputs':
        raise ValueError(
            f'--tta: the test pipeline ends in {kind}, not in PackInputs, so the mirrored picture '
            'has no place; give the config a tta_pipeline'
        )
    # the picture as it is comes first, since the first is drawn
    flips = [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)]
    augmented = dict(type='TestTimeAug', transforms=[flips, [copy.deepcopy(pipeline[-1])]])
    return [*copy.deepcopy(pipeline[:-1]), augmented]
