import numbers
import os
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from mmengine.logging import MMLogger
from mmpretrain.datasets import BaseDataset

from ..functional.arguments import check_choice, check_number
from ..lists.image_table import Images
from ..lists.split_names import own_split
from ..lists.subset_list import read_subset
from ..utils.image_size import MAX_PIXELS, check_pixels
from ..utils.images import is_readable
from .candidates import apply_candidates
from .fingerprint import fingerprint, relative
from .held_out import HoldsOut
from .label_noise import apply_noise
from .missing_images import REASON, check_on_missing, check_there, find_missing, leave_out


class FERDataset(HoldsOut, BaseDataset):
    """Base of the FER data sets: a reader, label noise, soft labels, checks.

    A subclass gives ``METAINFO`` (class names in the order of the published protocol), ``SPLITS``,
    ``ID_BASE`` (the first class id in its own files) and :meth:`read`. Each sample holds

    - ``gt_label``: the class id that training sees;
    - ``gt_score`` (K,): with ``candidates``, a distribution over the classes;
    - ``clean_label``: the class id before noise, for diagnosis alone;
    - ``votes``: the annotators' votes, where the data has them;
    - ``sample_idx``: its row, from the host.

    Args:
        split: one of the subclass's ``SPLITS``, or another word for it, such as ``'val'``.
        noise: label noise of the training set, such as ``dict(kind='symmetric', rate=.3, seed=0)``;
            see :mod:`mmfer.datasets.label_noise`. It is drawn after ``indices`` chose the images,
            so that the rate holds for what is trained on, and depends on the seed and the order of
            the data set's own list alone: the same on every machine and rank.
        candidates: soft labels of the training set, such as ``dict(kind='votes', rule='share')``;
            see :mod:`mmfer.datasets.candidates`. With ``noise``, the sets are those of the noisy
            label; kind ``votes`` is refused then, because the votes would tell the true one.
        subset_file: a list of images, below ``data_root`` unless absolute: those of the split that
            it names alone, such as RAN's lists of faces that are turned or occluded, to test on;
            see :mod:`~mmfer.lists.subset_list`.
        on_error: what training does with an image file that cannot be read: ``'raise'`` names it;
            ``'skip'`` takes another image at random, and :attr:`skipped` lists what was skipped.
            Validation and test always raise.
        on_missing: what becomes of images of the list that are not there, such as those that were
            not aligned: ``'raise'`` refuses them; ``'skip'`` leaves them out of a split for
            training, after ``indices`` and before noise; :attr:`missing` lists them, and a run
            writes them to ``missing_images.txt`` of its work dir.
        max_pixels: an image whose header tells of more counts as one that cannot be read, before it
            is decoded: a file of 1 MB may need gigabytes; None: any size.
        copies, held_out: what becomes of training images that are held out; see
            :class:`~mmfer.datasets.held_out.HoldsOut`.

    Attributes:
        counts: rows that the reader met: ``read``, ``kept``, and left out, by their reason.
        missing: paths of the images that ``on_missing='skip'`` left out.
        unread: pictures in the folders that no list names and that are not read, by their reason.

    Raises:
        ValueError: on an unknown split, or noise, candidates or skipping on anything but training.
        FileNotFoundError: names how many images are missing, and the first.
    """

    SPLITS: tuple = ('train', 'test')
    TRAIN_SPLITS: tuple = ('train',)
    ID_BASE: int = 0
    MIN_VOTES: float = 0
    protocol_classes: tuple = ()  # those of METAINFO, unless a subclass sets its own

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        noise: dict | None = None,
        candidates: dict | None = None,
        subset_file: str | None = None,
        on_error: str = 'raise',
        on_missing: str = 'raise',
        max_pixels: int | None = MAX_PIXELS,
        copies: str = 'raise',
        held_out: Sequence[dict] = (),
        test_mode: bool = False,
        **kwargs,
    ):
        split = own_split(split, self.SPLITS)
        if split not in self.SPLITS:
            raise ValueError(
                f'split {split!r} of {type(self).__name__} is unknown; allowed: {self.SPLITS}'
            )
        check_choice('on_error', on_error, ('raise', 'skip'))
        check_on_missing(on_missing, split, self.TRAIN_SPLITS)
        if max_pixels is not None:
            hint = 'or None for any size'
            max_pixels = check_number('max_pixels', max_pixels, least=1, whole=True, hint=hint)
        self.split, self.on_error, self.max_pixels = split, on_error, max_pixels
        self.on_missing, self.missing = on_missing, []
        self.set_copies(copies, held_out)
        self.noise, self.candidates, self.subset_file = noise, candidates, subset_file
        if self.training_only and (test_mode or split not in self.TRAIN_SPLITS):
            raise ValueError(
                f'{self.training_only} on split {split!r} (test_mode={test_mode}): what is tested '
                f'on is never changed or skipped; allowed: split {self.TRAIN_SPLITS}'
            )
        if noise is not None and isinstance(candidates, dict) and candidates.get('kind') == 'votes':
            raise ValueError(
                f'noise={noise} together with candidates={candidates}: the votes would tell the '
                'true label; give one, or candidates of a kind that does not look at votes'
            )
        self.counts: Counter = Counter()
        self.unread: dict[str, list[str]] = {}
        self._skips = None
        kwargs.setdefault('ann_file', '')
        # The class names that belong to the ids that read() gives.
        self.protocol_classes = tuple(self.protocol_classes or self.METAINFO['classes'])
        if kwargs.get('classes') is None:
            kwargs['classes'] = self.protocol_classes
        super().__init__(data_root=data_root, test_mode=test_mode, **kwargs)

    def read(self) -> list[dict]:
        """One dict an image: ``name`` (in noise files), ``img_path``, ``gt_label``, and ``votes``
        where there are any."""
        raise NotImplementedError

    def aliases(self, name: str) -> list[str]:
        """Other names by which other projects' files know an image."""
        return []

    def take(self, reason: str = '') -> bool:
        """Count a row that :meth:`read` met; False where there is a reason to leave it out."""
        self.counts.update(('read', reason or 'kept'))
        return not reason

    def records(self) -> list[dict]:
        """:meth:`read`, those that ``indices`` chooses, without those that ``on_missing`` skips."""
        if tuple(self.CLASSES) != self.protocol_classes:
            raise ValueError(
                f'classes={self.CLASSES} would rename the class ids of {type(self).__name__}, not '
                f'reorder them ({self.protocol_classes}); leave classes and metainfo out'
            )
        records = self.read()
        if not records:
            raise ValueError(
                f'{type(self).__name__} ({self.split}) has no images: {dict(self.counts)} in '
                f'{self.ann_file or self.data_root!r}'
            )
        if self.subset_file is not None:
            path = os.path.join(self.data_root, self.subset_file)
            named = read_subset(path, self.images_of(records))
            out = sum(record['name'] not in named for record in records)
            self.counts.update({'kept': -out, 'not in subset_file': out})
            records = [record for record in records if record['name'] in named]
        records = self.leave_out(records)
        index, count = self._indices, len(records)
        if isinstance(index, numbers.Integral):  # as the host counts
            records = records[:index] if index >= 0 else records[index:]
        elif index is not None:
            records = [records[i] for i in index]
        if not records:
            raise ValueError(f'indices={index} choose none of the {count} images')
        if self.on_missing == 'skip':
            self.missing = find_missing([record['img_path'] for record in records])
            what = f'{type(self).__name__} ({self.split})'
            records = leave_out(what, records, self.missing, self.CLASSES)
            self.counts.update({'kept': -len(self.missing), REASON: len(self.missing)})
        return records

    def images_of(self, records: Iterable[dict]) -> Images:
        """What this data set calls the images of records, and its classes."""
        names, aliases, shared = [], {}, set()
        for record in records:
            names.append(name := record['name'])
            # files of folds once had the paths below the data set's folder
            for alias in (relative(record['img_path'], self.data_root), *self.aliases(name)):
                if aliases.setdefault(alias, name) != name:  # of several faces in one picture
                    shared.add(alias)
        for alias in shared:
            del aliases[alias]
        return Images(names, self.CLASSES, self.ID_BASE, aliases, self.METAINFO.get('dataset', ''))

    @property
    def images(self) -> Images:
        """:meth:`images_of` all samples."""
        self.full_init()
        return self.images_of(self.get_data_info(i) for i in range(len(self)))

    def load_data_list(self) -> list[dict]:
        """Read, choose, and :meth:`teach`."""
        records = self.records()
        self._indices = None  # chosen above; the host has nothing to do
        if self.on_error == 'skip':
            # shared with the loader's processes, which meet the images
            self._skips = torch.zeros(len(records), dtype=torch.uint8).share_memory_()
        self.teach(records)
        return records

    def teach(self, records: list[dict]) -> None:
        """Check that the images are there, put noise or soft labels on, and log what came out."""
        check_there(self, records)
        clean = given = np.array([r['gt_label'] for r in records], dtype=np.int64)
        images = self.images_of(records)
        if self.noise is not None:
            given = apply_noise(self.noise, images, clean, self.data_root)
        for record, old, new in zip(records, clean, given):
            record['clean_label'], record['gt_label'] = int(old), int(new)
        if self.candidates is not None:
            apply_candidates(self.candidates, images, records, self.MIN_VOTES, self.data_root)
        self._report(clean, given)

    def get_subset(self, indices) -> 'FERDataset':
        """The host's, as its folds take it; a copy of the flags of skipped images would not be
        shared with the loader's processes."""
        subset = super().get_subset(indices)
        if self._skips is not None:
            subset._skips = torch.zeros_like(self._skips).share_memory_()
        return subset

    @property
    def fingerprint(self) -> dict[str, object]:
        """:meth:`fingerprint_of` all samples."""
        self.full_init()
        return self.fingerprint_of(range(len(self)))

    def fingerprint_of(self, indices: Iterable[int]) -> dict[str, object]:
        """What a number was measured on: data set, split, noise, candidates, and what
        :func:`~mmfer.datasets.fingerprint.fingerprint` tells of these samples."""
        self.full_init()
        infos = (self.get_data_info(int(i)) for i in indices)
        return dict(
            dataset=self.METAINFO.get('dataset', type(self).__name__),
            split=self.split,
            noise=self.noise,
            candidates=self.candidates,
            **({'subset_file': self.subset_file} if self.subset_file else {}),
            **fingerprint(infos, self.CLASSES, self.data_root),
        )

    @property
    def training_only(self) -> dict[str, object]:
        """The settings that nothing may be tested with; empty without any."""
        skip = 'skip' if self.on_error == 'skip' else None
        given = dict(noise=self.noise, candidates=self.candidates, on_error=skip)
        return {key: value for key, value in given.items() if value is not None}

    @property
    def skipped(self) -> list[str]:
        """Images that could not be read so far, with ``on_error='skip'``."""
        if self._skips is None:
            return []
        return [self.get_data_info(int(i))['img_path'] for i in self._skips.nonzero().flatten()]

    def prepare_data(self, idx: int):
        """The host's, with unreadable images named or skipped."""
        info, fits = self.get_data_info(idx), False
        path = info['img_path']
        try:
            check_pixels(path, self.max_pixels)
            fits = True
            return self.pipeline(info)
        except Exception as error:
            if fits and is_readable(path):
                raise  # not the image's fault
            if self._skips is not None and idx < len(self._skips):
                self._skips[idx] = 1
                return None
            fix = '' if self.test_mode else ", or train without it: on_error='skip'"
            raise RuntimeError(
                f'image {path!r} (sample {idx} of {type(self).__name__} {self.split}) cannot be '
                f'read: {error}. Replace the file{fix}'
            ) from error

    def _report(self, clean: np.ndarray, given: np.ndarray) -> None:
        per_class = np.bincount(clean, minlength=len(self.CLASSES)).tolist()
        left_out = {k: v for k, v in self.counts.items() if k not in ('read', 'kept')}
        changed = int((clean != given).sum())
        MMLogger.get_current_instance().info(
            f'{type(self).__name__} {self.split}: {len(clean)} images '
            f'{dict(zip(self.CLASSES, per_class))}; rows read: {self.counts["read"]}, left out: '
            f'{left_out or "none"}; labels changed by noise: {changed} '
            f'({100 * changed / max(len(clean), 1):.2f} %)'
        )

    def extra_repr(self) -> list[str]:
        """Lines of ``repr``: split, noise and counts."""
        shown = dict(Split=self.split, Noise=self.noise, Candidates=self.candidates)
        shown = {'Data root': self.data_root, **shown, 'Counts': dict(self.counts)}
        return [f'{name}: \t{value}' for name, value in shown.items()]
