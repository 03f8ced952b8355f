"""Images of a list that are not there: refused, or left out and told."""

import os
import os.path as osp
from collections import Counter
from collections.abc import Sequence

from mmengine.logging import MMLogger

from ..functional.arguments import check_choice

REASON = 'missing image'  # in the data set's counts
SHOWN = 3


def check_on_missing(value: str, split: str, allowed: Sequence[str]) -> None:
    """ValueError on another value than ``'raise'`` and ``'skip'``, or on skipping what models are
    tested on: a number would be of other images than it says.

    Args:
        allowed: the splits that models are trained on.
    """
    check_choice('on_missing', value, ('raise', 'skip'))
    if value == 'skip' and split not in allowed:
        raise ValueError(
            f"on_missing='skip' on split {split!r}: what is tested on is never skipped; allowed: "
            f'split {tuple(allowed)}. Put the images there, or take their rows out of the list'
        )


def find_missing(paths: Sequence[str]) -> list[str]:
    """Those of the paths where no file is, folder by folder: one question a file is slow on disks
    far away. Neither a folder nor a pipe, which would never end, is an image; a link to nothing is
    one that cannot be read."""
    folders = {folder for folder in map(osp.dirname, paths) if osp.isdir(folder)}
    entries = ((folder, entry) for folder in folders for entry in os.scandir(folder))
    there = {
        osp.join(folder, entry.name)
        for folder, entry in entries
        if entry.is_file() or not osp.exists(entry.path)
    }
    return [path for path in paths if path not in there]


def check_there(dataset, records: list[dict]) -> None:
    """FileNotFoundError where images of a data set's records are missing, unless it skips them."""
    if dataset.on_missing == 'skip':
        return  # left out
    if missing := find_missing([record['img_path'] for record in records]):
        fix = 'take their rows out of the list'
        if dataset.split in dataset.TRAIN_SPLITS:
            fix = "train without them: on_missing='skip'"
        raise FileNotFoundError(
            f'{len(missing)} of {len(records)} images of {type(dataset).__name__} '
            f'({dataset.split}) are missing, the first are {missing[:SHOWN]}; '
            f'data_root={dataset.data_root!r} has to hold them (or a folder below it that '
            f'data_prefix names); or {fix}'
        )


def leave_out(what: str, records: list[dict], missing: Sequence[str], classes: Sequence) -> list:
    """The records whose images are there; the log tells how many are not, and the classes of which
    nothing is left.

    Args:
        what: the data set and its split.
        missing: paths, some of the records'.

    Raises:
        FileNotFoundError: Where none is there.
    """
    gone = {*missing}
    kept = [record for record in records if record['img_path'] not in gone]
    if not kept:
        raise FileNotFoundError(
            f'all {len(records)} images of {what} are missing, the first are {missing[:SHOWN]}; '
            "on_missing='skip' leaves out single ones: are data_root and data_prefix right?"
        )
    if gone:
        before, after = (Counter(r.get('gt_label') for r in some) for some in (records, kept))
        empty = [name for i, name in enumerate(classes) if before[i] and not after[i]]
        lost = f'; no image is left of the classes {empty}' if empty else ''
        MMLogger.get_current_instance().warning(
            f'{what}: {len(missing)} of {len(records)} images '
            f'({100 * len(missing) / len(records):.2f} %) are missing and left out '
            f"(on_missing='skip'), the first are {missing[:SHOWN]}{lost}"
        )
    return kept
