"""What a user may give as pictures: files, folders, arrays."""

import os
from collections.abc import Sequence
from os import PathLike

import cv2
import numpy as np
from mmengine.logging import MMLogger

from mmfer.functional.arguments import check_choice
from mmfer.utils.image_folders import group_unread, tell_unread, walk_images
from mmfer.utils.images import IMAGE_ENDINGS

Image = str | PathLike | np.ndarray
ORDERS = {  # of an array's channels: by their number, the way to BGR
    'bgr': {1: cv2.COLOR_GRAY2BGR, 3: None, 4: cv2.COLOR_BGRA2BGR},
    'rgb': {1: cv2.COLOR_GRAY2BGR, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGR},
}


def list_images(images: Image | Sequence[Image]) -> list[str | np.ndarray]:
    """One flat list of files and arrays; folders become the images in them, at any depth, sorted by
    path. The log names what may be a picture there and is left out.

    Raises:
        TypeError: on what is neither a path nor an array.
        ValueError: on a folder without images, and a pipe or device.
    """
    if isinstance(images, (list, tuple)):
        return [image for entry in images for image in list_images(entry)]
    if isinstance(images, np.ndarray):
        return [images]
    if not isinstance(images, (str, PathLike)):
        allowed = 'paths of files and folders, numpy arrays, and lists of these'
        raise TypeError(f'images hold a {type(images).__name__}; allowed: {allowed}')
    path = os.fspath(images)
    if not os.path.isdir(path):
        if os.path.exists(path) and not os.path.isfile(path):  # opening a pipe may wait for ever
            raise ValueError(f'{path} is neither a file nor a folder; allowed: these, and arrays')
        return [path]
    walked = list(walk_images(path))
    told = tell_unread(group_unread(walked))
    found = sorted(name for name, reason in walked if not reason)
    if not found:
        looked = ', '.join(IMAGE_ENDINGS)
        raise ValueError('. '.join([f'{path} holds no images; looked for {looked}', *told]))
    for line in told:
        MMLogger.get_current_instance().warning(f'{path}: {line}')
    return found


def to_bgr(image: np.ndarray, channel_order: str = 'bgr') -> np.ndarray:
    """An array as image files are read: (H, W, 3), uint8, BGR.

    Args:
        image: uint8; (H, W) or (H, W, 1) gray, (H, W, 3), or (H, W, 4), whose last channel,
            opacity, is left out.
        channel_order: ``'bgr'``, as OpenCV has it, or ``'rgb'``.

    Raises:
        ValueError: on another type, shape or order.

    >>> to_bgr(np.array([[[1, 2, 3, 255]]], np.uint8), 'rgb').tolist()
    [[[3, 2, 1]]]
    """
    check_choice('channel_order', channel_order, ORDERS)
    channels = image.shape[2] if image.ndim == 3 else 1
    shaped = image.ndim in (2, 3) and image.size and channels in ORDERS[channel_order]
    if image.dtype != np.uint8 or not shaped:
        allowed = (
            'uint8 (0 to 255) of shape (H, W) or (H, W, 1, 3 or 4). Several images: give a list'
        )
        raise ValueError(f'an image is {image.dtype} of shape {image.shape}; allowed: {allowed}')
    code = ORDERS[channel_order][channels]
    return image if code is None else cv2.cvtColor(image, code)
