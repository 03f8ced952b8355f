"""Which image a name means, whatever folder, ending or crop a list adds to it."""

import re
from collections.abc import Iterable

# By the data set: a file name without its ending; the group is what all names of an image share.
# Other data sets have none: a.jpg of one folder is not a.jpg of another.
IDENTITIES = {
    'RAF-DB': r'((?:train|test)_[0-9]+)(?:_aligned)?',
    'FERPlus': r'(?:[0-9]_)?(fer[0-9]{7})',  # RAN puts the class id before it
    'FER2013': r'((?:Training|PublicTest|PrivateTest)_[0-9]+)',
    'AffectNet': r'([0-9a-f]{56})',
}
_ENDING = re.compile(r'\.(jpe?g|png|bmp|webp|tiff?)$', re.IGNORECASE)


def identity(name: str, dataset: str) -> str | None:
    """The normal form of an image's name: without folders, ending and what a crop adds to it; None
    where the file name alone does not tell which image it is.

    >>> identity('/a/path/train_00001_aligned.jpg', 'RAF-DB')
    'train_00001'
    >>> identity('1_fer0034656.png', 'FERPlus'), identity('FER2013Test/fer0034656.jpg', 'FERPlus')
    ('fer0034656', 'fer0034656')
    >>> identity('train/happy/1.jpg', 'own')
    """
    pattern = IDENTITIES.get(dataset)
    if pattern is None:
        return None
    last = name.replace('\\', '/').rstrip('/').rpartition('/')[2]
    found = re.fullmatch(pattern, _ENDING.sub('', last))
    return found and found[1]


def by_identity(names: Iterable[str], dataset: str) -> dict[str, str]:
    """Normal form to name, of those that no two names share."""
    found, shared = {}, set()
    for name in names:
        if (own := identity(name, dataset)) is not None:
            shared.update({own} & found.keys())
            found[own] = name
    return {own: name for own, name in found.items() if own not in shared}
