"""Damaged pictures of every ending, read as training and as prepare.py read them."""

import io
from pathlib import Path
from random import Random

import cv2
import numpy as np
from fuzz.judge import FOREIGN, SILENT, Verdict, judge
from fuzz.mutations import ANY, LOCAL
from mmpretrain.registry import DATASETS
from PIL import Image

import mmfer.datasets  # noqa: F401
from mmfer.data_report.inspect_images import inspect_images
from mmfer.utils.image_size import count_pixels
from mmfer.utils.images import IMAGE_ENDINGS

LOAD = [dict(type='LoadImageFromFile')]
BY_PILLOW = {'.pgm': 'L', '.pbm': '1'}


def face() -> np.ndarray:
    """(24, 20, 3) uint8 with some of everything."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (24, 20, 3), np.uint8)
    picture[4:12] = np.linspace(0, 255, 20, dtype=np.uint8)[None, :, None]
    return picture


def encoded() -> dict[str, bytes]:
    """A file of each ending that can be written here."""
    found = {}
    for ending in IMAGE_ENDINGS:
        try:
            done, code = cv2.imencode(ending, face())
        except cv2.error:
            done = False
        if done:
            found[ending] = code.tobytes()
    found |= _by_pillow(found)
    return found


def _by_pillow(known: dict[str, bytes]) -> dict[str, bytes]:
    kinds = {'.jpe': 'JPEG', '.jfif': 'JPEG', '.gif': 'GIF', '.avif': 'AVIF', '.webp': 'WEBP'}
    kinds |= {'.pnm': 'PPM', '.dib': 'DIB', '.pbm': 'PPM', '.pgm': 'PPM', '.jp2': 'JPEG2000'}
    found = {}
    for ending, kind in kinds.items():
        if ending in known:
            continue
        picture, buffer = Image.fromarray(face()), io.BytesIO()
        if ending in BY_PILLOW:
            picture = picture.convert(BY_PILLOW[ending])
        try:
            picture.save(buffer, kind)
        except (OSError, KeyError):
            continue
        found[ending] = buffer.getvalue()
    return found


def write(folder: Path, ending: str, data: bytes) -> Path:
    """A folder of one class with the picture, and a whole one."""
    for kind in ('a', 'b'):
        (folder / 'train' / kind).mkdir(parents=True, exist_ok=True)
    whole = cv2.imencode('.png', face())[1].tobytes()
    (folder / 'train/b/whole.png').write_bytes(whole)
    path = folder / f'train/a/damaged{ending}'
    path.write_bytes(data)
    return path


def load(folder: Path) -> dict:
    """The damaged picture as training gets it."""
    settings = dict(type='FERFolder', data_root=str(folder), classes=('a', 'b'), pipeline=LOAD)
    dataset = DATASETS.build(dict(settings, serialize_data=False))  # else it clears all memory
    picture = dataset[0]['img']
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3, picture.shape
    return dict(picture=picture.shape)


def mutate(rng: Random, data: bytes) -> tuple[str, bytes]:
    mutation = rng.choice(ANY)
    return mutation.name, mutation.change(rng, data)


def judge_image(folder: Path, path: Path) -> Verdict:
    """Training loads the picture or names it; prepare.py calls none whole that it does not load."""
    truth = dict(picture=face().shape)
    verdict = judge(lambda: load(folder), truth, LOCAL, 1, (path.name,))
    loaded = verdict.outcome in ('equal', 'follows')
    report: dict = {}

    def inspect() -> dict:
        found = inspect_images([str(path)])
        report.update(status=str(found.table['status'][0]), pixels=count_pixels(str(path)))
        return truth

    other = judge(inspect, truth, LOCAL, 0, (path.name,))
    if other.outcome != 'equal':
        return Verdict(FOREIGN, f'prepare: {other.told or other.outcome}')
    if report['status'] == 'ok' and not loaded:
        return Verdict(SILENT, f'prepare says ok, training: {verdict.told}')
    return verdict
