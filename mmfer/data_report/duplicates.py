"""Images that are there more than once, inside a split and across splits."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Copy(NamedTuple):
    """An image of a split."""

    split: str
    path: str
    label: str

    def __str__(self):
        return f'{self.path} ({self.split}, {self.label})'


class Leak(NamedTuple):
    """An image to test on, and the first of its copies in another split."""

    tested: Copy
    known: Copy


class Duplicates(NamedTuple):
    """``groups``: images with the same content, in the order of the splits. ``leaks``: images of a
    split that is tested on, which an earlier split holds too."""

    groups: list[list[Copy]]
    leaks: list[Leak]

    def inside(self, split: str) -> dict[str, int]:
        """The summary of one split's images."""
        return summarise([copy for copy in group if copy.split == split] for group in self.groups)

    def pairs(self) -> dict[str, list[Leak]]:
        """The leaks by their two splits, such as 'test in train'."""
        found: dict[str, list[Leak]] = {}
        for leak in self.leaks:
            found.setdefault(f'{leak.tested.split} in {leak.known.split}', []).append(leak)
        return found

    def numbers(self, splits: Sequence[str], first: int) -> dict[str, Any]:
        """Plain values for JSON: counts of all, inside the splits and of leaks, and the first."""
        return dict(
            all=summarise(self.groups),
            inside={split: self.inside(split) for split in splits},
            leaks={
                pair: dict(images=len(leaks), with_another_label=count_differing(leaks))
                for pair, leaks in self.pairs().items()
            },
            first_leaks=self.leaks[:first],
            first_groups=self.groups[:first],
        )


def find_duplicates(
    contents: Sequence[bytes], copies: Sequence[Copy], trained_on: Sequence[str]
) -> Duplicates:
    """Group N images, split by split and those trained on first, by the hashes of their pixels,
    which are empty where there is no image. An image of two splits ``trained_on`` is no leak.

    >>> a, b = Copy('train', 'a.png', 'fear'), Copy('test', 'b.png', 'anger')
    >>> find = find_duplicates([b'x', b'x'], [a, b], trained_on=['train'])
    >>> [(leak.tested.path, leak.known.path) for leak in find.leaks]
    [('b.png', 'a.png')]
    """
    by_content: dict[bytes, list[Copy]] = {}
    for content, copy in zip(contents, copies):
        if content:
            by_content.setdefault(content, []).append(copy)
    groups = [group for group in by_content.values() if len(group) > 1]
    leaks = []
    for group in groups:
        for number, copy in enumerate(group):
            known = next((other for other in group[:number] if other.split != copy.split), None)
            if known and copy.split not in trained_on:
                leaks.append(Leak(copy, known))
    return Duplicates(groups, leaks)


def summarise(groups: Iterable[Sequence[Copy]]) -> dict[str, int]:
    """How many groups of two or more, images in them, and groups with different labels."""
    groups = [group for group in groups if len(group) > 1]
    counts = dict(groups=len(groups), images=sum(map(len, groups)))
    return dict(counts, groups_with_different_labels=count_differing(groups))


def count_differing(groups: Sequence[Sequence[Copy]]) -> int:
    """How many groups have copies of one image with different labels."""
    return sum(len({copy.label for copy in group}) > 1 for group in groups)
