"""What numpy 2 no longer takes."""

from .repair import repair, wrap


class _CircularHue(float):
    """A hue factor whose product is the remainder that mmcv means."""

    def __mul__(self, steps: int) -> int:
        return int(float(self) * steps) % 256


def _negative_hue_overflows() -> bool:
    import mmcv
    import numpy as np

    try:
        mmcv.image.photometric.adjust_hue(np.zeros((1, 1, 3), np.uint8), -0.1)
    except OverflowError:
        return True
    return False


@repair(
    fault='ColorJitter(hue=...): OverflowError at each negative hue, so at a random step',
    versions=('mmcv-lite<2.3 with numpy>=2', 'mmcv<2.3 with numpy>=2'),
    seen=_negative_hue_overflows,
)
def turn_hue_backwards() -> None:
    """Let ``ColorJitter(hue=...)`` draw a negative hue.

    mmcv does ``np.uint8(-23)``. The hue is a circle of 256 steps, so the remainder is meant.
    """
    import mmcv

    def adjust(original, img, hue_factor, *args, **kwargs):
        return original(img, _CircularHue(hue_factor), *args, **kwargs)

    wrap(mmcv.image.photometric, 'adjust_hue', adjust)
    mmcv.adjust_hue = mmcv.image.adjust_hue = mmcv.image.photometric.adjust_hue


def _in1d_is_gone() -> bool:
    import numpy as np

    return not hasattr(np, 'in1d')


@repair(
    fault="RetrievalRecall, RetrievalAveragePrecision: numpy has no 'in1d'",
    versions=('mmpretrain<1.3 with numpy>=2.4',),
    seen=_in1d_is_gone,
)
def keep_in1d() -> None:
    """Give numpy back ``in1d``, which is ``isin`` of flat arrays."""
    import numpy as np

    def in1d(ar1, ar2, *args, **kwargs):
        return np.isin(np.ravel(ar1), ar2, *args, **kwargs)

    np.in1d = in1d
