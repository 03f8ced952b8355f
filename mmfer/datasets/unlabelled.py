from collections.abc import Iterable, Sequence

from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS

from ..functional.arguments import check_choice
from ..utils.copies import BYTES, FILE, PIXELS, Face
from .fer_dataset import FERDataset
from .fingerprint import fingerprint, relative
from .held_out import (
    COPY,
    HeldOut,
    build_held_out,
    face_of,
    held_out_splits,
    look,
    named,
    tell_absent,
)

LABELS = ('noise', 'candidates')  # settings that mean nothing here


@DATASETS.register_module()
class UnlabelledFER(FERDataset):
    """The training images of any FER data sets, in one list, without labels.

    A sample holds its image's path, ``part``, the place of its part in ``datasets``,
    ``sample_idx``, its row in the joint list, and ``face_box`` where the data set gives one.

    The rule: a part is a split that its data set trains on (``TRAIN_SPLITS``). All its other
    ``SPLITS`` are held out, with 'valid' where the part is 'train': no file of them may be in the
    list, under whatever name, nor a copy, as FER+ has them between its splits. A held-out split is
    read as its part is, so that a rule of votes holds for both, and by the reader's standard files,
    whatever list the part names (``ann_file``, ``data_prefix``). Where it is not there, the log
    warns.

    Args:
        datasets: a config for each part, such as ``dict(type='RAFDB', data_root=...,
            split='train')``, without a pipeline.
        copies: what becomes of an image with the same bytes as one held out, or, where a list or
            folder is the user's own, the same pixels: ``'drop'`` leaves it out and logs how many,
            ``'raise'`` names them, ``'ignore'`` does not look.
        **kwargs: of :class:`FERDataset`; ``indices`` count in the joint list; ``on_missing`` is the
            parts', where they do not say it.

    Attributes:
        parts: the data sets, and ``sizes``, their numbers of images.

    Raises:
        ValueError: on a part that is no :class:`FERDataset`, not for training, or given twice;
            settings of labels; and images that are held out.
    """

    METAINFO = dict(classes=(), dataset='unlabelled')
    SPLITS = TRAIN_SPLITS = ('train',)

    def __init__(self, datasets: Sequence[dict], copies: str = 'drop', **kwargs):
        check_choice('copies', copies, ('drop', 'raise', 'ignore'))
        if not datasets:
            raise ValueError("datasets is empty; give at least one, such as dict(type='RAFDB')")
        if any(map(kwargs.get, (*LABELS, 'test_mode'))):
            raise ValueError(
                f'UnlabelledFER is for training without labels, {LABELS} and test_mode'
            )
        given = {key: kwargs[key] for key in ('on_missing',) if key in kwargs}
        self.settings = [dict(given, **one) for one in datasets]
        self.parts: list[FERDataset] = []
        super().__init__(copies=copies, **kwargs)

    def read(self) -> list[dict]:
        """The parts' images in their order."""
        self.parts = [self._build(one) for one in self.settings]
        lists = [part.load_data_list() for part in self.parts]
        self.sizes = [len(part) for part in lists]
        records = [
            {key: record[key] for key in ('img_path', 'face_box') if key in record} | dict(part=i)
            for i, part in enumerate(lists)
            for record in part
        ]
        faces = {(record['img_path'], record.get('face_box')) for record in records}
        if twice := len(records) - len(faces):
            names = list(map(named, self.parts))
            raise ValueError(f'{twice} images come twice: two parts hold the same; {names}')
        self.counts.update(read=len(records), kept=len(records))
        return records

    def teach(self, records: list[dict]) -> None:
        """Nothing: log the sizes. The parts have checked that the images are there."""
        sizes = dict(zip(map(named, self.parts), self.sizes))
        MMLogger.get_current_instance().info(
            f'UnlabelledFER: {len(records)} images of {sizes}; left out as copies of images of '
            f'held-out splits: {self.counts[COPY]}'
        )

    def fingerprint_of(self, indices: Iterable[int]) -> dict[str, object]:
        """As :meth:`FERDataset.fingerprint_of`, of images alone; with the names of the parts, each
        image below its part's own folder."""
        self.full_init()
        infos = (self.get_data_info(int(i)) for i in indices)
        shown = (dict(i, clean_label=None, gt_label=None, listed=self._listed(i)) for i in infos)
        split = ' '.join(map(named, self.parts))
        whole = dict(dataset=self.METAINFO['dataset'], split=split, noise=None, candidates=None)
        return whole | fingerprint(shown, (), '')

    def _listed(self, info: dict) -> str:
        part = self.parts[info['part']]
        return f'{named(part)} {relative(info["img_path"], part.data_root).lstrip("/")}'

    def _build(self, settings: dict) -> FERDataset:
        """A part that may be trained on; its list is not held by the host, too."""
        if given := [key for key in LABELS if settings.get(key)]:
            raise ValueError(f'{given} of {settings}: pre-training sees no labels; leave it out')
        part = DATASETS.build(dict(settings, pipeline=[], lazy_init=True))
        if not isinstance(part, FERDataset):
            raise ValueError(
                f'{type(part).__name__} does not say which of its splits are for training; parts '
                'are FERDatasets (RAFDB, FERPlus, AffectNet, FERFolder)'
            )
        if part.split not in part.TRAIN_SPLITS or part.test_mode:
            raise ValueError(
                f'{named(part)} (test_mode={part.test_mode}) is tested on, so that nothing is '
                f'pre-trained on it; allowed: split {part.TRAIN_SPLITS}'
            )
        return part

    def held_out_splits(self) -> list[HeldOut]:
        """None: no copy of any is in the list, or ``copies`` says so."""
        return []

    def leave_out(self, records: list[dict]) -> list[dict]:
        """The records without those held out, as ``copies`` says."""
        faces = [Face(record['img_path']) for record in records]  # whatever face of a picture
        held = self._find_held_out(records)
        stated = {face.path for one in held if one.stated for face in one.faces}
        everything = [Face(face.path) for one in held for face in one.faces]
        unpublished = [Face(face.path) for one in held if not one.published for face in one.faces]
        published = [self.parts[record['part']].published for record in records]
        own = [i for i in range(len(faces)) if not published[i]]
        rest = [i for i in range(len(faces)) if published[i]]
        passes = [(range(len(faces)), everything, FILE if self.copies == 'ignore' else BYTES)]
        if self.copies != 'ignore':  # pixels, but of what the owners split
            passes += [(own, everything, PIXELS), (rest, unpublished, PIXELS)]
        pairs: dict[int, str] = {}
        for ours, theirs, how in passes:
            found = look(named(self), [faces[i] for i in ours], theirs, how, 'the held-out splits')
            same = [
                (faces[ours[copy.number]].path, theirs[copy.other].path)
                for copy in found
                if copy.how == FILE and theirs[copy.other].path in stated
            ]
            if same:
                raise ValueError(
                    f'{len(same)} images are files of splits that are held out, the first are '
                    f'{same[:3]}; take them out of the training list'
                )
            if self.copies == 'ignore':
                break
            for copy in found:
                path, other = faces[ours[copy.number]].path, theirs[copy.other].path
                pairs.setdefault(ours[copy.number], f'{path} {copy.how} {other}')
        if pairs and self.copies == 'raise':
            first = '; '.join(list(pairs.values())[:3])
            raise ValueError(
                f'{len(pairs)} images are copies of images that are held out: {first}; '
                "copies='drop' leaves them out"
            )
        self.counts.update({COPY: len(pairs), 'kept': -len(pairs)})
        return [record for i, record in enumerate(records) if i not in pairs]

    def _find_held_out(self, records: list[dict]) -> list[HeldOut]:
        """Images of the splits that the parts' data sets do not train on, and ``held_out``."""
        others, absent = build_held_out(self.held_out)
        for number, part in enumerate(self.parts):
            own = [face_of(record) for record in records if record['part'] == number]
            found, lost = held_out_splits(part, own)
            others, absent = others + found, absent | lost
        tell_absent(absent)
        return others

    def extra_repr(self) -> list[str]:
        """Lines of ``repr``: parts and counts."""
        parts = list(map(named, self.parts))
        return [f'Parts: \t{parts}', f'Copies: \t{self.copies}', f'Counts: \t{dict(self.counts)}']
