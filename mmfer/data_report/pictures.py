"""A data set's report, what one looks at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..visualization import ambiguity_panels, class_bars, contact_sheet, name_or_id, save_figure
from .inspect_images import Inspection
from .splits import Split

SHEET = 48  # images a class


def draw_pictures(
    folder: Path,
    name: str,
    splits: Sequence[Split],
    images: Inspection,
    numbers: dict[str, Any],
    seed: int,
) -> dict[str, str]:
    """Draw what a report shows into ``folder``: images a class, how far annotators agree, and a
    sheet of each class's faces, chosen by ``seed``. Returns file to caption."""
    there = [split for split in splits if split.paths]
    pictures = {'classes.png': 'Images a class, and the published counts'}
    counts = {split.name: split.per_class for split in there}
    published = {split.name: split.published and split.published.per_class for split in there}
    save_figure(class_bars(counts, there[0].classes, published), folder / 'classes.png')
    voted = {key: entry['ambiguity'] or {} for key, entry in numbers['splits'].items()}
    voted = {key: entry for key, entry in voted.items() if entry.get('images')}
    if voted:
        pictures['ambiguity.png'] = 'How far the annotators agree'
        entropy = {key: entry['entropy_histogram'] for key, entry in voted.items()}
        several = {key: entry['labels_from_30_percent'] for key, entry in voted.items()}
        save_figure(ambiguity_panels(entropy, several), folder / 'ambiguity.png')
    readable = [split for split in there if numbers['splits'][split.name]['at_hand']]
    if not readable:
        return pictures
    shown = readable[0]
    good = images.table['status'][images.rows(shown.paths)] == 'ok'
    rng = np.random.default_rng(seed)
    for label, kind in enumerate(shown.classes):
        of_class = np.flatnonzero((shown.labels == label) & good)
        if not len(of_class):
            continue
        chosen = np.sort(rng.choice(of_class, min(SHEET, len(of_class)), replace=False))
        faces = [_load_face(shown, number) for number in chosen]
        captions = [Path(shown.paths[number]).stem for number in chosen]
        said = name_or_id(kind, shown.classes)
        title = f'{name}, {shown.name}: {said}, {len(chosen)} of {len(of_class)} images'
        file = f'faces_{"".join(c if c.isalnum() else "_" for c in kind)}.png'
        Image.fromarray(contact_sheet(faces, captions, title)).save(folder / file)
        pictures[file] = title
    return pictures


def _load_face(split: Split, number: int) -> np.ndarray:
    """An image as RGB; the face alone, where its box is known."""
    with Image.open(split.paths[number]) as image:
        if split.boxes is not None:
            x, y, width, height = split.boxes[number]
            if width >= 1 and height >= 1:
                image = image.crop(tuple(map(int, (x, y, x + width, y + height))))
        return np.asarray(image.convert('RGB'))
