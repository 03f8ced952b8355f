import os.path as osp
from collections.abc import Iterator

import numpy as np
from mmpretrain.registry import DATASETS

from ..functional import OUTSIDE, VOTE_RULES, select_votes
from ..functional.arguments import check_choice
from ..lists.text import join_inside, need_file, parse_number, parse_votes, read_csv
from .fer_dataset import FERDataset

PARTS = {  # folder and the "Usage" of fer2013new.csv
    'train': ('FER2013Train', 'Training'),
    'valid': ('FER2013Valid', 'PublicTest'),
    'test': ('FER2013Test', 'PrivateTest'),
}
USAGES = tuple(usage for _, usage in PARTS.values())
CLASSES = tuple('neutral happiness surprise sadness anger disgust fear contempt'.split())
OTHERS = {'unknown': 'unknown', 'NF': 'not a face'}  # column: what it counts
HEADER = ('Usage', 'Image name', *CLASSES, *OTHERS)
ANNOTATORS = 10  # an image
NUM_CLASSES, NUM_VOTES = len(CLASSES), len(CLASSES) + len(OTHERS)


@DATASETS.register_module()
class FERPlus(FERDataset):
    """FER+ (ICMI 2016): FER2013's 48 x 48 crops, ten annotators each.

    ::

        data_root
        |-- FER2013Train/fer0000000.png ...   label.csv
        |-- FER2013Valid/...                  label.csv
        |-- FER2013Test/...                   label.csv
        `-- fer2013new.csv                    only for that vote_file

    The two vote files differ in about 1 600 rows. ``label.csv`` with the majority rule gives 25 045
    training, 3 191 validation and 3 137 test images, exactly the public lists of RAN and SCN;
    ``fer2013new.csv`` gives 25 060, 3 199 and 3 153 rows. Three of those 25 060 name an image that
    an earlier row names with the same votes, so 25 057 images are kept.

    Args:
        split: ``'train'``, ``'train+valid'``, ``'valid'`` or ``'test'``. Both protocols are in use:
            25 045 or, with the validation images, 28 236 images to train on.
        vote_file: ``'label.csv'`` (one in each folder) or ``'fer2013new.csv'``.
        rule: which images have a label, and which; see
            :func:`~mmfer.functional.votes.select_votes`: of the votes that it keeps, the first
            answer with the most. ``'majority'`` is the FER+ authors', for testing, too;
            ``'share'``, ``'cumulative'`` and ``'all'`` are for training with ``candidates`` of the
            same rule. Images whose label is 'unknown' or 'not a face' are left out.
        outside: ``'counted'``: 'unknown' and 'not a face' take part in the rule; ``'ignored'``:
            their votes are dropped first.
        contempt: False leaves images of contempt out (7 classes, as EAC).

    Noise files name the images ``FER2013Train/fer0000000.png``.

    ``votes`` holds the ten columns as they are in the file. ``counts`` tells the rows left out:
    ``empty name`` (173 rows of fer2013new.csv have no image), ``duplicate name`` (a name's later
    rows), ``no majority``, ``unknown``, ``not a face``, ``contempt``. A row of more than ten votes,
    or of parts of them, is refused, and a name whose rows give two classes (the second of
    ``fer0033120.png`` in fer2013new.csv gives none).
    """

    METAINFO = dict(classes=CLASSES, dataset='FERPlus')
    SPLITS = ('train', 'train+valid', 'valid', 'test')
    TRAIN_SPLITS = ('train', 'train+valid')
    MIN_VOTES = 2
    PUBLISHED = True
    layout = 'official'

    def __init__(
        self,
        *args,
        vote_file: str = 'label.csv',
        rule: str = 'majority',
        outside: str = 'counted',
        contempt: bool = True,
        **kwargs,
    ):
        check_choice('vote_file', vote_file, ('label.csv', 'fer2013new.csv'))
        check_choice('rule', rule, VOTE_RULES)
        check_choice('outside', outside, OUTSIDE)
        self.vote_file, self.outside = vote_file, outside
        self.rule, self.protocol_classes = rule, CLASSES[: 8 if contempt else 7]
        super().__init__(*args, **kwargs)

    def read(self) -> list[dict]:
        """Rows of the split whose votes give a class."""
        return [record for part in self.split.split('+') for record in self._read_part(part)]

    def _read_part(self, part: str) -> Iterator[dict]:
        folder = PARTS[part][0]
        rows = list(self._rows(part))
        votes = np.array([votes for _, votes, _ in rows]).reshape(-1, NUM_VOTES)
        if self.outside == 'ignored':
            votes = votes[:, :NUM_CLASSES]
        kept = select_votes(votes, NUM_CLASSES, self.rule, self.MIN_VOTES)
        reasons = [''] * len(self.CLASSES) + [*CLASSES, *OTHERS.values()][len(self.CLASSES) :]
        seen: dict[str, tuple] = {}  # the first row's class or None, its votes, where it stands
        for (name, ours, where), chosen in zip(rows, kept):
            label = int(chosen.argmax())
            reason = reasons[label] if chosen[label] else 'no majority'
            given = label if chosen[label] and label < NUM_CLASSES else None
            if not name:
                reason = 'empty name'
            elif name in seen:
                reason = 'duplicate name'
                other, first, place = seen[name]
                if None not in (given, other) and given != other:
                    raise ValueError(
                        f'{where}: {name!r} has the votes {ours.astype(int).tolist()}, but '
                        f'{first.astype(int).tolist()} at {place}; keep the right row'
                    )
            seen.setdefault(name, (given, ours, where))
            if self.take(reason):
                path = join_inside(osp.join(self.data_root, folder), name, where)
                yield dict(name=f'{folder}/{name}', img_path=path, gt_label=label, votes=ours)

    def _rows(self, part: str) -> Iterator[tuple[str, np.ndarray, str]]:
        """Name, votes, and where the row stands, for errors."""
        folder, usage = PARTS[part]
        whole = self.vote_file == 'fer2013new.csv'
        path = osp.join(self.data_root, '' if whole else folder, self.vote_file)
        fix = f'set data_root to the folder that holds {folder}/ (in the configs: the environment '
        need_file(path, 'FER+ votes', f'{fix}variable FERPLUS_ROOT)')
        rows = ((f'{path}, line {line}', row) for line, row in read_csv(path))
        if whole:
            where, header = next(rows, (path, []))
            if [field.lower() for field in header] != [field.lower() for field in HEADER]:
                raise ValueError(f'{where}: the header is {header}; expected, in order, {HEADER}')
        for where, row in rows:
            if whole and row[0] not in USAGES:
                raise ValueError(f'{where}: Usage {row[0]!r} is unknown; allowed: {USAGES}')
            if not whole or row[0] == usage:
                # Usage, name, votes; or name, box, votes.
                if not whole and len(row) > 1 and parse_number(row[1]) is not None:
                    raise ValueError(
                        f'{where}: {row[1]!r} is no box; allowed: name, box such as "(0, 0, 48, '
                        f'48)", and {NUM_VOTES} votes; put the column of the box back, since '
                        'without it all votes are those of the next class'
                    )
                yield row[1 if whole else 0], _read_votes(row[2:], where), where


def _read_votes(fields: list[str], where: str) -> np.ndarray:
    votes = parse_votes(fields, NUM_VOTES, where)
    if (votes % 1).any() or votes.sum() > ANNOTATORS:
        raise ValueError(
            f'{where}: the votes {fields} are {votes.sum():g} in all; allowed: whole numbers, up '
            f'to {ANNOTATORS} in all; is a number misread, or a column shifted?'
        )
    return votes
