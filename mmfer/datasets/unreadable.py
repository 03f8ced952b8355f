"""Whether an image file is at fault, or the code that used it."""

import mmcv
import numpy as np


def is_readable(path: str) -> bool:
    """Whether the file decodes to an image, as the loading step decodes it.

    A JPEG that was cut short decodes to its upper part and is readable here;
    ``tools/dataset_tools/prepare.py`` finds such files.
    """
    try:
        image = mmcv.imfrombytes(np.fromfile(path, dtype=np.uint8).tobytes())
    except Exception:
        return False
    return image is not None
