"""Lines of text on a picture of Pillow, in any script."""

from collections.abc import Sequence
from functools import cache

from PIL import ImageDraw, ImageFont

from . import fonts

LOST = '?'


@cache
def _plain(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


@cache
def _has(character: str) -> bool:
    """Whether Pillow's own font has a character, and no box in its place."""
    none = _plain(20).getmask('\U0010fffe')
    mask = _plain(20).getmask(character)
    return (mask.size, bytes(mask)) != (none.size, bytes(none))


def drawable(text: str) -> str:
    """The text, without the characters that nothing can draw, of which the log tells."""
    if text.isascii():
        return text
    if not _is_drawable(text):
        fonts.tell_lost(text, fonts.pillow_shapes)
        text = ''.join(c if _is_drawable(c) else LOST for c in text)
    return fonts.keep_order(text)


def name_or_id(name: str, classes: Sequence[str]) -> str:
    """A class's name, or its id where Pillow cannot draw it, of which the log tells."""
    if _is_drawable(name):
        return name
    lost = {one: number for number, one in enumerate(classes) if not _is_drawable(one)}
    fonts.tell_ids(lost, fonts.pillow_shapes)
    return f'class {lost[name]}'


def _is_drawable(text: str) -> bool:
    return fonts.is_drawable(text, filter(_has, text), fonts.pillow_shapes)


def _runs(text: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """Pieces of a drawable text, each with a font that has it."""
    lost = {c for c in fonts.needed(text) if not _has(c)}
    if not lost:
        return [(text, _plain(size))]
    runs: list[tuple[str, str]] = []  # '' is Pillow's own font
    for entry in fonts.find_fonts(fonts.needed(text)) or ():
        if fonts.needed(text) <= fonts.characters_of(entry.fname):
            return [(text, ImageFont.truetype(entry.fname, size))]
    chosen = [entry.fname for entry in fonts.find_fonts(lost) or ()]
    for c in text:
        silent = not fonts.needed(c) and runs  # blanks go with what stands before
        own = '' if _has(c) else next((p for p in chosen if c in fonts.characters_of(p)), '')
        path = runs[-1][1] if silent else own
        if runs and runs[-1][1] == path:
            runs[-1] = (runs[-1][0] + c, path)
        else:
            runs.append((c, path))
    return [(piece, ImageFont.truetype(p, size) if p else _plain(size)) for piece, p in runs]


def width_of(text: str, size: int) -> float:
    """Pixels that a text takes."""
    return sum(font.getlength(piece) for piece, font in _runs(text, size))


def draw_line(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    ink: tuple[int, int, int],
    size: int,
    anchor: str,
) -> None:
    """Write a text; ``anchor`` is of Pillow, ``lm`` (left, middle) or ``mm``."""
    runs = _runs(text, size)
    if len(runs) == 1:
        draw.text(place, text, ink, runs[0][1], anchor=anchor)
        return
    x, y = place
    x -= width_of(text, size) / 2 if anchor[0] == 'm' else 0
    for piece, font in runs:
        draw.text((x, y), piece, ink, font, anchor='l' + anchor[1])
        x += font.getlength(piece)
