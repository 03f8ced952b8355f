"""One class under several names: happy is happiness, Ang is anger."""

from collections.abc import Sequence
from typing import NamedTuple

# The first name of a row is the one that the others stand for.
SYNONYMS = (
    ('neutral', 'neutrality', 'ne', 'neu'),
    ('happiness', 'happy', 'joy', 'ha', 'hap'),
    ('sadness', 'sad', 'sa'),
    ('surprise', 'surprised', 'su', 'sur'),
    ('fear', 'fearful', 'afraid', 'scared', 'fe', 'fea'),
    ('disgust', 'disgusted', 'di', 'dis'),
    ('anger', 'angry', 'an', 'ang'),
    ('contempt', 'contemptuous', 'co', 'con'),
)
_FIRST = {name: row[0] for row in SYNONYMS for name in row}


class Match(NamedTuple):
    """Which class of another set is which of one's own."""

    places: list[int]  # of each own class, in the other set; -1: not there
    lost: list[str]  # own classes that the other set lacks
    left: list[str]  # classes of the other set that the own one lacks
    renamed: list[tuple[str, str]]  # (own, other) that are called differently

    @property
    def same(self) -> bool:
        """Whether each class is there, in the same order, and no other."""
        return self.places == list(range(len(self.places))) and not self.left


def canonical(name: str) -> str:
    """The name that a synonym stands for; others stay, in lower case.

    >>> canonical('Happy'), canonical(' ANG '), canonical('Boredom')
    ('happiness', 'anger', 'boredom')
    """
    plain = _lower(name)
    return _FIRST.get(plain, plain)


def is_known(name: str) -> bool:
    """Whether a name stands in :data:`SYNONYMS`.

    >>> is_known('Happy'), is_known('boredom')
    (True, False)
    """
    return name.strip().lower() in _FIRST


def find_class(name: str, classes: Sequence[str]) -> int | None:
    """The place of a class, by its name as it is, or else without regard to case, or else as a
    synonym; None where it is none of them, or may be several.

    >>> classes = ('happy', 'Sad', 'sad')
    >>> [find_class(name, classes) for name in ('Sad', 'HAPPY', 'joy', 'SAD', 'anger')]
    [1, 0, 0, None, None]
    """
    for rule in (str, _lower, canonical):
        places = [i for i, own in enumerate(classes) if rule(own) == rule(name)]
        if places:
            return places[0] if len(places) == 1 else None
    return None


def _lower(name: str) -> str:
    return name.strip().lower()


def match(own: Sequence[str], other: Sequence[str]) -> Match:
    """Find the classes of one set in another by their names.

    A name is matched as it is where that is possible, else without regard to case, else as a
    synonym.

    Raises:
        ValueError: Where two classes of one set have one meaning, so that nobody can tell which is
            meant.

    >>> match(('happy', 'sad', 'bored'), ('sadness', 'Happy', 'fear'))
    Match(places=[1, 0, -1], lost=['bored'], left=['fear'], renamed=[('happy', 'Happy'), \
('sad', 'sadness')])
    """
    if list(own) == list(other):
        return Match(list(range(len(own))), [], [], [])
    exact = len(set(own)) == len(own) and set(own) == set(other)
    rule = str if exact else canonical
    for names in (own, other):
        first: dict[str, str] = {}
        for name in names:
            if rule(name) in first:
                raise ValueError(
                    f'the classes {first[rule(name)]!r} and {name!r} of {tuple(names)} mean the '
                    'same; name the classes of both sets alike'
                )
            first[rule(name)] = name
    known = {rule(name): i for i, name in enumerate(other)}
    places = [known.get(rule(name), -1) for name in own]
    return Match(
        places,
        [name for name, place in zip(own, places) if place < 0],
        [name for i, name in enumerate(other) if i not in places],
        [(name, other[i]) for name, i in zip(own, places) if i >= 0 and name != other[i]],
    )
