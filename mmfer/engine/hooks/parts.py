"""The data sets inside wrappers, and their images."""

from typing import Any, NamedTuple

from torch.utils.data import Dataset

from ...utils.copies import Face

SOURCE = ('data_root', 'ann_file', 'img_prefix')


class Part(NamedTuple):
    """Images of one data set, or of some ``folds`` of it. ``role``: 'training', 'validation',
    'test', 'held-out' or 'unused'; ``source``: where they come from; ``splits``: which of its
    splits."""

    role: str
    name: str
    reader: type
    source: tuple
    splits: set[str]
    faces: list[Face]
    published: bool = False
    folds: bool = False
    dataset: Any = None

    @property
    def shown(self) -> str:
        """For people."""
        root, listed, folder = self.source
        return ', '.join(filter(None, [self.name, (listed or folder or root).rstrip('/')]))


def data_sets(dataset: Dataset, indices=None) -> list:
    """``(data set, its samples or None for all)`` inside wrappers (concatenated, repeated, subsets,
    folds ...)."""
    if hasattr(dataset, 'datasets'):
        return [pair for each in dataset.datasets for pair in data_sets(each)]
    if hasattr(dataset, 'dataset'):
        own = getattr(dataset, 'indices', None)
        if own is None and len(dataset) == len(dataset.dataset):
            own = indices  # the wrapper keeps the order
        elif own is not None and indices is not None:
            own = [own[i] for i in indices]
        return data_sets(dataset.dataset, own)
    return [(dataset, indices)]


def parts_of(dataset: Dataset, role: str) -> list[Part]:
    """What is inside wrappers, of the data sets that tell the files of their images."""
    inner, folds = dataset, False
    # (the host's schedule tool has a mock as data set, which has everything)
    while inner is not None and not hasattr(inner, 'datasets'):
        folds = folds or hasattr(inner, 'num_splits')
        inner = getattr(inner, 'dataset', None)
    found = []
    for one, indices in data_sets(dataset):
        if not hasattr(one, 'get_data_info'):
            continue
        places = range(len(one)) if indices is None else indices
        infos = [one.get_data_info(int(i)) for i in places]
        if not all('img_path' in info for info in infos):
            continue
        split = getattr(one, 'split', '')
        name = (getattr(one, 'METAINFO', None) or {}).get('dataset', type(one).__name__)
        part = Part(
            role,
            f'{name} {split}'.strip(),
            type(one),
            tuple(str(getattr(one, key, None) or '') for key in SOURCE),
            set(split.split('+')),
            list(dict.fromkeys(map(face_of, infos))),
            getattr(one, 'published', False),
            folds,
            one,
        )
        found.append(part)
    return found


def face_of(info: dict) -> Face:
    """What is seen of a sample."""
    box = info.get('face_box')
    return Face(info['img_path'], None if box is None else tuple(map(float, box)))
