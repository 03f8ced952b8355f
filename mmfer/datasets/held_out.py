"""What a data set holds out, and the copies of it in its training list."""

import inspect
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple

from mmengine.dist import is_main_process
from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..functional.arguments import check_choice
from ..utils.copies import BYTES, PIXELS, Copy, Face, find_copies
from ..utils.progress import no_progress, progress_bar

COPY = 'copy of a held-out image'
# Settings of a part that say nothing of which images another split has.
PART = ('indices', 'subset_file', 'on_error', 'on_missing', 'noise', 'candidates')
PART += ('copies', 'held_out', 'pipeline', 'lazy_init', 'test_mode')


class HeldOut(NamedTuple):
    """``reader``: the class of data sets; ``published``: whether its owners split it so;
    ``stated``: whether they or the user's own list say that it is held out, not a folder beside
    that list alone."""

    name: str
    faces: list[Face]
    reader: type
    published: bool
    stated: bool = True


class HoldsOut:
    """Of a data set: its splits, and whether they are the owners'.

    Args:
        copies: what becomes of training images that are held out, as they are or as a copy of the
            same bytes or pixels: ``'raise'`` ends a run that would train on images that it is
            validated or tested on, but for copies with which the owners split the set, which are
            told; ``'drop'`` leaves them out of the list, those of the data set's own other splits
            and of ``held_out``; ``'ignore'`` does not look.
        held_out: configs of more data sets that ``'drop'`` compares with; tools/train.py gives
            those that the run validates and tests on.

    Attributes:
        given: the arguments that it was made with.
    """

    PUBLISHED: bool = False  # whether the owners say which images are for training
    LISTS: tuple = ('ann_file', 'data_prefix')  # settings that may be one split's alone
    STANDARD: tuple = ({},)  # with what, instead of those, the standard files are read

    def __new__(cls, *args, **kwargs):
        """Keep the arguments: the other splits are read with them."""
        made = super().__new__(cls)
        made.given = settings_of(cls, args, kwargs)
        return made

    def set_copies(self, copies: str, held_out: Sequence[dict]) -> None:
        """Check and keep both arguments."""
        check_choice('copies', copies, ('raise', 'drop', 'ignore'))
        if copies == 'drop' and self.split not in self.TRAIN_SPLITS:
            raise ValueError(
                f"copies='drop' on split {self.split!r}: what is tested on is never changed; "
                f'allowed: split {self.TRAIN_SPLITS}'
            )
        if isinstance(held_out, dict) or not isinstance(held_out, Sequence):
            raise ValueError(
                f'held_out={held_out!r}; allowed: a list of configs of data sets, such as '
                "[dict(type='RAFDB', data_root=..., split='test')]"
            )
        self.copies, self.held_out = copies, tuple(held_out)

    @property
    def published(self) -> bool:
        """Whether its list is one of those that the owners made."""
        return self.PUBLISHED and not own_lists(self, ['ann_file'])

    def held_out_splits(self) -> list[HeldOut]:
        """Splits that nothing is to be trained on, as far as they are there; ``'all'`` has none."""
        own = [face_of(self.get_data_info(i)) for i in range(len(self))]
        return [] if self.split == 'all' else held_out_splits(self, own)[0]

    def published_training(self) -> set[str]:
        """The images of the splits that the owners train on, by the reader's standard files."""
        return published_training(self)

    def leave_out(self, records: list[dict]) -> list[dict]:
        """The records without copies of held-out images, where ``copies='drop'``."""
        return without_copies(self, records) if self.copies == 'drop' else records


def face_of(record: dict) -> Face:
    """What is seen of a record."""
    box = record.get('face_box')
    return Face(record['img_path'], None if box is None else tuple(map(float, box)))


def named(dataset: Dataset) -> str:
    """A data set by its name and split."""
    metainfo = getattr(dataset, 'METAINFO', {})
    return f'{metainfo.get("dataset", type(dataset).__name__)} {getattr(dataset, "split", "")}'


def settings_of(cls: type, args: tuple, kwargs: dict) -> dict:
    """What an object is made with, each argument by its name."""
    for base in cls.__mro__:
        taken = list(inspect.signature(base.__init__).parameters.values())[1:]
        if all(one.kind != one.VAR_POSITIONAL for one in taken):
            return dict(zip([one.name for one in taken], args)) | kwargs
    return dict(kwargs)


def own_lists(dataset: Dataset, keys: Sequence[str]) -> dict:
    """Those of the settings ``keys`` of a data set that are not the reader's standard."""
    taken = inspect.signature(type(dataset).__init__).parameters
    standard = {key: taken[key].default if key in taken else '' for key in keys}
    given = {key: dataset.given[key] for key in keys if key in dataset.given}
    return {key: value for key, value in given.items() if value != standard[key]}


def held_out_splits(dataset: Dataset, own: Sequence[Face]) -> tuple[list[HeldOut], dict[str, str]]:
    """The splits that a data set does not train on, as far as they are there.

    Each is read with the data set's own settings, so that a rule of votes holds for both; and,
    where these name lists that may be one split's alone (``LISTS``), by the reader's standard
    files, too.

    Args:
        own: the data set's own images; a list that leads to all of them is no other split's.

    Returns:
        The splits, and why others could not be read, by their name.
    """
    given = {key: value for key, value in dataset.given.items() if key not in PART}
    lists = own_lists(dataset, dataset.LISTS)
    standard = {key: value for key, value in given.items() if key not in lists}
    variants = [dict(standard, **changes) for changes in dataset.STANDARD] if lists else []
    paths = {face.path for face in own}
    found, absent = [], {}
    for split in dataset.SPLITS:
        if split in (*dataset.split.split('+'), *dataset.TRAIN_SPLITS):
            continue
        faces, more, reason = [], [], ''
        for variant in (given, *variants):
            try:
                other = _read(type(dataset), dict(variant, split=split))
            except (OSError, ValueError) as error:
                reason = reason or str(error)
                continue
            if lists and variant is given and paths <= {face.path for face in other}:
                reason = f'{lists} leads to the images of {dataset.split!r}'
                continue
            if variant is given or dataset.PUBLISHED:
                faces += other
            else:
                more += other
        name = f'{named(dataset).rpartition(" ")[0]} {split}'
        known = dict.fromkeys(faces)
        beside = [face for face in dict.fromkeys(more) if face not in known]
        for some, stated in ((list(known), True), (beside, False)):
            if some:
                found.append(HeldOut(name, some, type(dataset), dataset.PUBLISHED, stated))
        if not faces and not more:
            absent[name] = reason or 'it has no images'
    return found, absent


def published_training(dataset: Dataset) -> set[str]:
    """The images of the splits that the owners train on, by the reader's standard files."""
    given = {key: value for key, value in dataset.given.items() if key not in PART}
    given = {key: value for key, value in given.items() if key not in dataset.LISTS}
    paths: set[str] = set()
    for split in dataset.TRAIN_SPLITS if dataset.PUBLISHED else ():
        for changes in dataset.STANDARD:
            try:
                faces = _read(type(dataset), dict(given, split=split, **changes))
            except (OSError, ValueError):
                continue  # not there
            paths |= {face.path for face in faces}
    return paths


def _read(cls: type, settings: dict) -> list[Face]:
    other = cls(**settings, pipeline=[], lazy_init=True, test_mode=True)
    return [face_of(record) for record in other.records()]


def build_held_out(settings: Sequence[dict]) -> tuple[list[HeldOut], dict[str, str]]:
    """Data sets that are named in a config, of any kind; as :func:`held_out_splits`."""
    found, absent = [], {}
    for one in settings:
        try:
            dataset = DATASETS.build(dict(one))
            infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        except (OSError, ValueError) as error:
            absent[f'{one.get("type")} {one.get("split", "")}'.strip()] = str(error)
            continue
        faces = [face_of(info) for info in infos]
        published = getattr(dataset, 'published', False)
        found.append(HeldOut(named(dataset), faces, type(dataset), published))
    return found, absent


def tell_absent(absent: dict[str, str]) -> None:
    """Warn of splits that are not at hand."""
    for name, reason in absent.items():
        MMLogger.get_current_instance().warning(
            f'{name}: not read, so that it could not be checked whether its images are trained on: '
            f'{reason}'
        )


def look(
    name: str, faces: Sequence[Face], others: Sequence[Face], how: str, where: str
) -> list[Copy]:
    """:func:`~mmfer.utils.copies.find_copies` with a progress bar on the main process, and a
    warning where not all was compared; ``name`` and ``where`` say what."""
    with progress_bar('copies') if is_main_process() else nullcontext(no_progress) as progress:
        found = find_copies(faces, others, how, progress)
    if found.unseen:
        MMLogger.get_current_instance().warning(
            f'{name}: of {found.unseen} images, too many to decode, only the bytes were compared '
            f'with {where}, not the pixels; tools/dataset_tools/prepare.py compares them inside a '
            'data set'
        )
    return found.found


def without_copies(dataset: Dataset, records: list[dict]) -> list[dict]:
    """``copies='drop'``: the records but those of held-out images, of the data set's own other
    splits and of ``held_out``; the same on every process.

    Raises:
        ValueError: Where none is left.
    """
    faces = [face_of(record) for record in records]
    found, absent = ([], {}) if dataset.split == 'all' else held_out_splits(dataset, faces)
    others, lost = build_held_out(dataset.held_out)
    tell_absent(absent | lost)
    gone: dict[int, str] = {}
    for one in [*found, *others]:
        how = BYTES if dataset.published and one.published else PIXELS
        copies = look(named(dataset), faces, one.faces, how, one.name)
        gone |= {copy.number: one.name for copy in copies}
    if len(gone) == len(records):
        raise ValueError(
            f"copies='drop' leaves nothing of {named(dataset)}: all {len(records)} images are "
            f'those of {sorted(set(gone.values()))}; give other held_out data sets'
        )
    dataset.counts.update({COPY: len(gone), 'kept': -len(gone)})
    return [record for i, record in enumerate(records) if i not in gone]
