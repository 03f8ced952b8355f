"""Image files, read from any path and written whole or not at all; pictures resampled."""

from pathlib import Path

import cv2
import numpy as np

from .files import write_whole

# What OpenCV decodes to what is shown; those of floats (.exr, .hdr, .pfm) are no photos.
IMAGE_ENDINGS = ('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.gif', '.webp', '.avif', '.jp2')
IMAGE_ENDINGS += ('.bmp', '.dib', '.ppm', '.pgm', '.pbm', '.pnm', '.tif', '.tiff')
BORDERS = {
    'constant': cv2.BORDER_CONSTANT,  # black
    'replicate': cv2.BORDER_REPLICATE,  # the edge's pixels go on
    'reflect': cv2.BORDER_REFLECT_101,  # the picture is mirrored
}


def is_readable(path: str) -> bool:
    """Whether the file decodes to an image, as the loading step decodes it, so that an error is not
    its fault. A JPEG that was cut short does; ``tools/dataset_tools/prepare.py`` finds those.
    """
    try:
        data = Path(path).read_bytes()
    except OSError:
        return False
    return not why_undecodable(data)


def why_undecodable(data: bytes) -> str:
    """Why the loading step has no picture of a file's bytes; '' where it has."""
    import mmcv  # whose loading step it is

    try:
        image = mmcv.imfrombytes(data)
    except Exception as error:
        return f'{type(error).__name__}: {error}'
    return 'OpenCV, which loads images in training, does not decode it' if image is None else ''


def read_image(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, or None where it is no picture; for any path (cv2.imread opens not all
    on every system)."""
    data = np.frombuffer(path.read_bytes(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None


def encode_image(path: Path, image: np.ndarray) -> bytes:
    """A picture as a file of that name, JPEG in quality 95; OSError where it cannot be encoded."""
    is_jpeg = path.suffix.lower() in ('.jpg', '.jpeg', '.jpe', '.jfif')
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if is_jpeg else []
    try:
        done, code = cv2.imencode('.jpg' if is_jpeg else path.suffix, image, options)
    except cv2.error:
        done = False
    if not done:
        raise OSError(f'{str(path)!r}: OpenCV writes no {path.suffix!r}; use .png or .jpg')
    return code.tobytes()


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture, and its folder, in one step: a stopped run leaves no half of one. Raises as
    :func:`encode_image` and :func:`mmfer.utils.files.write_whole`."""
    code = encode_image(path, image)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, code)


def warp_pixels(
    image: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    border: str,
    flags: int = cv2.INTER_LINEAR,
) -> np.ndarray:
    """Resample an image, (H, W) or (H, W, C) and uint8 or float32, by a matrix of its pixels.

    Args:
        matrix: (2, 3), from the image's pixels to the result's; the centre of the first pixel is
            (0, 0).
        size: (width, height) of the result.
        border: what lies outside the image: a name of ``BORDERS``, or ValueError.
        flags: OpenCV's interpolation.
    """
    if border not in BORDERS:
        raise ValueError(f'border={border!r} is unknown; allowed: {tuple(BORDERS)}')
    return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=BORDERS[border])


def warp_to_crop(
    image: np.ndarray, matrix: np.ndarray, size: int, border: str = 'constant'
) -> np.ndarray:
    """Resample an image into a square crop by a similarity, without aliasing.

    ``cv2.warpAffine`` reads four pixels for each of the crop's, however many it stands for. So an
    image that shrinks by more than 2 is first reduced by a whole number, averaging areas. Arguments
    as of :func:`warp_pixels`, but ``size`` is the crop's side, pixels.
    """
    matrix = np.array(matrix, dtype=np.float64)
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    height, width = image.shape[:2]
    # Never below one pixel, whatever the points say.
    step = int(np.clip(1 / scale, 1, min(height, width)))
    if step > 1:
        small = (-(-width // step), -(-height // step))
        ratio = np.array([width, height]) / small
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        # x = (x' + 1/2) ratio - 1/2, put into A x + t
        matrix[:, 2] += matrix[:, :2] @ (ratio / 2 - 0.5)
        matrix[:, :2] *= ratio
    flags = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    return warp_pixels(image, matrix, (size, size), border, flags)
