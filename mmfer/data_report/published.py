"""How many images each class should have, and who says so."""

from typing import NamedTuple

OLD, NEW = 'label.csv', 'fer2013new.csv'  # FER+'s vote files
README = "RAF-DB's own README for the totals; counted from its list for the classes"
LABEL_CSV = "FER+'s label.csv, majority rule; equals the public lists of RAN and SCN"
LABEL_CSV_VALID = "FER+'s label.csv, majority rule"
NEW_CSV = "FER+'s fer2013new.csv, majority rule, a name that comes twice counted once"
AFFECTNET = 'as papers on AffectNet quote it'


class Published(NamedTuple):
    """A split's published counts.

    ``totals``: more than one where publications differ. ``per_class``: in the order of the reader's
    class ids; None where only totals are published.
    """

    totals: tuple[int, ...]
    per_class: tuple[int, ...] | None
    source: str


def _of(source: str, *counts: int) -> Published:
    return Published((sum(counts),), counts, source)


# Reader, variant, split.
COUNTS: dict[tuple[str, str, str], Published] = {
    ('RAFDB', '', 'train'): _of(README, 1290, 281, 717, 4772, 1982, 705, 2524),
    ('RAFDB', '', 'test'): _of(README, 329, 74, 160, 1185, 478, 162, 680),
    ('FERPlus', OLD, 'train'): _of(LABEL_CSV, 8733, 7284, 3136, 3022, 2098, 116, 536, 120),
    ('FERPlus', OLD, 'valid'): _of(LABEL_CSV_VALID, 1180, 862, 411, 348, 289, 25, 60, 16),
    ('FERPlus', OLD, 'test'): _of(LABEL_CSV, 1083, 892, 394, 382, 269, 16, 86, 15),
    ('FERPlus', NEW, 'train'): _of(NEW_CSV, 8739, 7287, 3149, 3013, 2099, 119, 532, 119),
    ('FERPlus', NEW, 'valid'): _of(NEW_CSV, 1182, 865, 415, 351, 287, 24, 62, 13),
    ('FERPlus', NEW, 'test'): _of(NEW_CSV, 1090, 893, 396, 384, 273, 18, 83, 16),
    ('AffectNet', '7', 'train'): Published((283901,), None, AFFECTNET),
    ('AffectNet', '7', 'valid'): _of(AFFECTNET, *[500] * 7),
    ('AffectNet', '8', 'train'): Published((287651, 287568), None, AFFECTNET),
    ('AffectNet', '8', 'valid'): Published((3999, 4000), None, AFFECTNET),
}


def published_counts(reader: str, split: str, variant: str = '') -> Published | None:
    """The published counts of a split, or None where there are none.

    Args:
        reader: the reader's name in the registry.
        variant: what the counts depend on: FERPlus's vote file, AffectNet's number of classes.

    >>> published_counts('RAFDB', 'test').totals
    (3068,)
    >>> published_counts('AffectNet', 'valid', '8').per_class is None
    True
    """
    return COUNTS.get((reader, variant, split))
