from collections.abc import Iterable, Sequence

from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS

from ..functional.arguments import check_choice
from ..utils.hashing import same_contents, same_files
from .fer_dataset import FERDataset
from .fingerprint import fingerprint, relative

LABELS = ('noise', 'candidates')  # settings that mean nothing here
COPY = 'copy of a held-out image'
LISTS = ('ann_file', 'data_prefix')  # settings that may be one split's alone


@DATASETS.register_module()
class UnlabelledFER(FERDataset):
    """The training images of any FER data sets, in one list, without labels.

    A sample holds its image's path, ``part``, the place of its part in ``datasets``,
    ``sample_idx``, its row in the joint list, and ``face_box`` where the data set gives one.

    The rule: a part is a split that its data set trains on (``TRAIN_SPLITS``). All its other
    ``SPLITS`` are held out, with 'valid' where the part is 'train': no file of them may be in the
    list, under whatever name, nor a copy, as FER+ has them between its splits. A held-out split is
    read as its part is, so that a rule of votes holds for both. Where it is not there, or the part
    names a list that is its own alone (``ann_file``, ``data_prefix``), the log warns.

    Args:
        datasets: a config for each part, such as ``dict(type='RAFDB', data_root=...,
            split='train')``, without a pipeline.
        copies: what becomes of an image with the same bytes as one held out: ``'drop'`` leaves it
            out and logs how many, ``'raise'`` names them, ``'ignore'`` does not look.
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
        self.copies = copies
        given = {key: kwargs[key] for key in ('on_missing',) if key in kwargs}
        self.settings = [dict(given, **one) for one in datasets]
        self.parts: list[FERDataset] = []
        super().__init__(**kwargs)

    def read(self) -> list[dict]:
        """The parts' images in their order, without those held out."""
        self.parts = [self._build(one) for one in self.settings]
        lists = [part.load_data_list() for part in self.parts]
        self.sizes = [len(part) for part in lists]
        records = [
            {key: record[key] for key in ('img_path', 'face_box') if key in record} | dict(part=i)
            for i, part in enumerate(lists)
            for record in part
        ]
        lists = [[record['img_path'] for record in part] for part in lists]
        names = list(map(_name, self.parts))
        faces = {(record['img_path'], record.get('face_box')) for record in records}
        if twice := len(records) - len(faces):
            raise ValueError(f'{twice} images come twice: two parts hold the same; {names}')
        dropped = self._find_held_out(lists)
        kept = [record for record in records if record['img_path'] not in dropped]
        self.counts.update(read=len(records), kept=len(kept), **{COPY: len(dropped)})
        return kept

    def teach(self, records: list[dict]) -> None:
        """Nothing: log the sizes. The parts have checked that the images are there."""
        sizes = dict(zip(map(_name, self.parts), self.sizes))
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
        split = ' '.join(map(_name, self.parts))
        whole = dict(dataset=self.METAINFO['dataset'], split=split, noise=None, candidates=None)
        return whole | fingerprint(shown, (), '')

    def _listed(self, info: dict) -> str:
        part = self.parts[info['part']]
        return f'{_name(part)} {relative(info["img_path"], part.data_root).lstrip("/")}'

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
                f'{_name(part)} (test_mode={part.test_mode}) is tested on, so that nothing is '
                f'pre-trained on it; allowed: split {part.TRAIN_SPLITS}'
            )
        return part

    def _find_held_out(self, lists: list[list[str]]) -> set:
        """Paths of copies that are left out, of the parts' paths."""
        paths = sum(lists, [])
        held_out = sum(map(self._held_out_paths, self.parts, self.settings, lists), [])
        if same := same_files(paths, held_out):
            raise ValueError(
                f'{len(same)} images are files of splits that are held out, the first are '
                f'{same[:3]}; take them out of the training list'
            )
        if self.copies == 'ignore':
            return set()
        copies = same_contents(paths, held_out)
        if copies and self.copies == 'raise':
            raise ValueError(
                f'{len(copies)} images have the bytes of images that are held out, the first are '
                f"{copies[:3]}; copies='drop' leaves them out"
            )
        return {path for path, _ in copies}

    @staticmethod
    def _held_out_paths(part: FERDataset, settings: dict, own: list[str]) -> list[str]:
        """Images of the splits that the part's data set does not train on."""
        chosen = ('indices', 'subset_file', 'on_error', 'on_missing')  # of its own split alone
        given = {k: v for k, v in settings.items() if k not in chosen}
        given.update(pipeline=[], lazy_init=True, test_mode=True)
        named = {key: settings[key] for key in LISTS if settings.get(key)}
        paths: list[str] = []
        for split in part.SPLITS:
            if split in (*part.split.split('+'), *part.TRAIN_SPLITS):
                continue
            reason = ''
            try:
                other = DATASETS.build(dict(given, split=split))
                found = [record['img_path'] for record in other.records()]
            except (FileNotFoundError, ValueError) as error:
                found, reason = [], str(error)
            if named and {*own}.issubset(found):
                found, reason = [], f'{named} leads to the images of {part.split!r}'
            if reason:
                MMLogger.get_current_instance().warning(
                    f'{type(part).__name__} {split}: not read, so that it could not be checked '
                    f'whether its images are trained on: {reason}'
                )
            paths += found
        return paths

    def extra_repr(self) -> list[str]:
        """Lines of ``repr``: parts and counts."""
        parts = list(map(_name, self.parts))
        return [f'Parts: \t{parts}', f'Copies: \t{self.copies}', f'Counts: \t{dict(self.counts)}']


def _name(part: FERDataset) -> str:
    return f'{part.METAINFO.get("dataset", type(part).__name__)} {part.split}'
