"""Words of figures in any script: by fonts that have the characters, else as class ids."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.text import Text

from . import fonts

LOST = '?'  # instead of a character that nothing can draw


class ScriptFigure(Figure):
    """A figure whose words are made drawable before it is drawn; ``classes``: the names that
    become ids where they cannot be."""

    classes: Sequence[str] = ()

    def draw(self, renderer) -> None:
        """Draw the figure, which also arranges its parts."""
        make_drawable(self, self.classes)
        super().draw(renderer)


def make_drawable(figure: Figure, classes: Sequence[str] = ()) -> None:
    """Let each text of a figure be drawn whole.

    Where its own fonts lack characters, installed ones that have them follow. Where none has them,
    class names become ids, and other texts lose those characters; the log says so, once.
    """
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            given = [label.get_text() for label in axis.get_ticklabels()]
            if all(map(str.isascii, given)):
                continue
            shown = [_shown(text, axis.get_ticklabels()[0], classes) for text in given]
            if shown != given:  # a formatter would write them again
                axis.set_ticks(axis.get_majorticklocs(), shown)
    for text in figure.findobj(Text):
        given = text.get_text()
        if given.isascii():
            continue
        if (shown := _shown(given, text, classes)) != given:
            text.set_text(shown)
        families = [entry.name for entry in fonts.find_fonts(_lacking(shown, text)) or ()]
        if families:
            text.set_fontfamily([*text.get_fontfamily(), *families])


def draw_in_all_figures(classes: Callable[[], Sequence[str]]) -> None:
    """Let figures that are not ours, as the host's tools make them, be drawn so, too; ``classes``
    is called where a text cannot be drawn. The last call's counts."""
    original = getattr(Figure.draw, 'without_scripts', Figure.draw)

    def draw(self, renderer, *args, **kwargs):
        if not isinstance(self, ScriptFigure):
            make_drawable(self, _Later(classes))
        return original(self, renderer, *args, **kwargs)

    draw.without_scripts = original
    Figure.draw = draw


class _Later(Sequence):
    """Names that are asked for when they are needed."""

    def __init__(self, ask: Callable[[], Sequence[str]]):
        self.ask = ask

    def __len__(self) -> int:
        return len(self.ask())

    def __getitem__(self, number):
        return self.ask()[number]


def _shown(given: str, text: Text, classes: Sequence[str]) -> str:
    """A text as it can be drawn."""

    def is_drawable(words: str) -> bool:
        return fonts.is_drawable(words, _own_characters(text), fonts.matplotlib_shapes)

    if is_drawable(given):
        return fonts.keep_order(given)
    lost = {name: number for number, name in enumerate(classes) if not is_drawable(name)}
    if any(name in given for name in lost):
        fonts.tell_ids(lost, fonts.matplotlib_shapes)
        given = as_ids(given, lost)
    if not is_drawable(given):
        fonts.tell_lost(given, fonts.matplotlib_shapes)
        given = ''.join(c if is_drawable(c) else LOST for c in given)
    return fonts.keep_order(given)


def as_ids(text: str, numbers: Mapping[str, int]) -> str:
    """A text with ids instead of names.

    >>> as_ids('given: sad, sadder', dict(sad=1, sadder=0))
    'given: class 1, class 0'
    """
    pattern = '|'.join(map(re.escape, sorted(numbers, key=len, reverse=True)))
    return re.sub(pattern, lambda found: f'class {numbers[found[0]]}', text)


def _own_characters(text: Text) -> set[str]:
    return set().union(*map(fonts.characters_of, _files(text)))


def _lacking(words: str, text: Text) -> set[str]:
    return fonts.needed(words) - _own_characters(text)


def _files(text: Text) -> Iterator[str]:
    """The font files that a text is drawn with."""
    given: FontProperties = text.get_fontproperties()
    if given.get_file():
        yield given.get_file()
        return
    for family in given.get_family():
        one = given.copy()
        one.set_family(family)
        try:
            yield str(fontManager.findfont(one, fallback_to_default=False))
        except ValueError:
            continue
