"""AffectNet as it circulates: one table of class names, or a folder a class."""

import os.path as osp
from collections.abc import Iterator
from operator import itemgetter

from mmengine.logging import MMLogger

from ..lists.held_out import is_held_out
from ..lists.layouts import find_below
from ..lists.split_names import split_folder
from ..lists.tables import find_column, read_table
from ..lists.text import join_inside, need_file, parse_id
from ..utils.class_names import canonical
from ..utils.image_folders import name_below
from .class_folders import read_class_folders
from .fer_dataset import FERDataset

CLASSES = tuple('neutral happiness sadness surprise fear disgust anger contempt'.split())
TABLE = 'labels.csv'
PATHS, LABELS = ('pth', 'path', 'image', 'file', 'filename'), ('label', 'expression', 'emotion')


def read_kaggle(dataset: FERDataset) -> Iterator[tuple[str, str, str, int, dict]]:
    """Rows of ``labels.csv``: where one stands, the images' folder, the image below it, its class
    id, and no box. Where images lie in ``train/`` and ``test/`` (or ``val/``), their folder tells
    the split."""
    root = dataset.data_root
    found = find_below(root, TABLE)
    table = osp.join(root, found[0] if found else TABLE)
    fix = 'set data_root to the folder that holds it (in the configs: the environment variable '
    need_file(table, "table of AffectNet's mirror", f'{fix}AFFECTNET_ROOT)')
    folders = {
        split: [osp.join(root, name) for word in words for name in find_below(root, f'<{word}>')]
        for split, words in (('train', ['train']), ('valid', ['valid', 'test']))
    }
    if dataset.split == 'valid' and not dataset.held_out_share and not folders['valid']:
        raise FileNotFoundError(
            f'{table}: has no validation images, and {root!r} no folder val/ or test/; hold some '
            'out, for both splits: held_out_share=.1'
        )
    where, header, rows = read_table(table)
    path, label = (find_column(header, names, where) for names in (PATHS, LABELS))
    elsewhere = 0
    for line, row in rows:
        where, name = f'{table}, line {line}', row[path]
        class_id = _class_id(row[label], where)
        folder, split = _place(root, folders, name, where)
        if dataset.held_out_share:
            split = 'valid' if is_held_out(name, dataset.held_out_share) else 'train'
        if split != dataset.split:
            dataset.take('other split')
            continue
        lies = canonical(osp.basename(osp.dirname(name)))
        elsewhere += lies in CLASSES and CLASSES.index(lies) != class_id
        yield where, folder, name, class_id, {}
    if elsewhere:
        MMLogger.get_current_instance().info(
            f'{table}: {elsewhere} labels are not those of the folders; the table is right'
        )


def _place(root: str, folders: dict[str, list[str]], name: str, where: str) -> tuple[str, str]:
    """The folder that a table's image lies in, and the split of it."""
    join_inside(root, name, where)
    for split, above in folders.items():
        for folder in above:
            if osp.isfile(osp.join(folder, name)):
                return folder, split
    return root, 'train'


def _class_id(label: str, where: str) -> int:
    number = parse_id(label)
    if number is None and canonical(label) in CLASSES:
        number = CLASSES.index(canonical(label))
    if number is None:
        raise ValueError(
            f'{where}: label {label!r} is no class; allowed: {CLASSES}, their synonyms, or 0 to 7'
        )
    return number


def read_folders(dataset: FERDataset) -> Iterator[tuple[str, str, str, int, dict]]:
    """The same of folders of class ids or names."""
    root, splits = dataset.data_root, ['train'] if dataset.split == 'train' else ['valid', 'test']
    there = [osp.join(root, split_folder(root, split)) for split in splits]
    there = [folder for folder in there if osp.isdir(folder)] or there
    if len(there) > 1 and osp.isdir(there[0]):
        MMLogger.get_current_instance().warning(
            f'{there[1]} is not read: {there[0]} is what is tested on; AffectNet has no other'
        )
    found = read_class_folders(dataset, there[0], CLASSES, 0)
    for path, class_id in sorted(found, key=itemgetter(1)):  # however the folders are called
        yield path, root, name_below(path, root), class_id, {}
