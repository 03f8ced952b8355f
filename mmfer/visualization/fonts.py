"""Which installed fonts have which characters, and what to install where none has them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

from matplotlib import ft2font
from matplotlib.font_manager import FontEntry, findSystemFonts, fontManager, get_font
from mmengine.logging import MMLogger

# Looked at first, since they are drawn for screens and have much; others by name.
PREFERRED = (
    *('DejaVu Sans', 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans CJK JP', 'Source Han Sans SC'),
    *('WenQuanYi Micro Hei', 'WenQuanYi Zen Hei', 'Droid Sans Fallback', 'Microsoft YaHei'),
    *('SimHei', 'PingFang SC', 'Hiragino Sans', 'Yu Gothic', 'Meiryo', 'Malgun Gothic'),
    *('Noto Sans Arabic', 'Noto Sans Devanagari', 'Nirmala UI', 'Arial Unicode MS'),
)
# Letters that join or change places: of Hebrew, Arabic, Indic scripts, Tibetan, Burmese, Khmer.
_SHAPED = re.compile('[\u0590-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\u1800-\u18af]')
_WIDE = ('CJK', 'HIRAGANA', 'KATAKANA', 'HANGUL', 'BOPOMOFO', 'FULLWIDTH', 'IDEOGRAPHIC')
# Written from the right, with what lies between two such words.
_FROM_RIGHT = re.compile('[\u0590-\u08ff\ufb1d-\ufefc]+([ \u00a0]+[\u0590-\u08ff\ufb1d-\ufefc]+)*')
_MARK = '\u200e'  # what follows is written from the left
_TOLD: set[str] = set()


def installed() -> list[FontEntry]:
    """Upright fonts of normal weight: the preferred first, then those without serifs. Fonts that
    were installed after matplotlib made its list are found, too."""
    return _installed()


@lru_cache(maxsize=1)
def _installed() -> list[FontEntry]:
    listed = {entry.fname for entry in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in listed:
            try:
                fontManager.addfont(path)
            except Exception:  # FreeType raises all kinds on files that it does not read
                continue
    upright = [
        entry
        for entry in fontManager.ttflist
        # its signs tell the script, not the character
        if entry.style == 'normal' and 'Last Resort' not in entry.name
    ]
    rank = {name: place for place, name in enumerate(PREFERRED)}
    return sorted(
        upright,
        key=lambda entry: (
            _distance(entry.weight),
            rank.get(entry.name, len(rank)),
            'Sans' not in entry.name,
            entry.name,
        ),
    )


def _distance(weight: int | str) -> int:
    return abs(weight - 400) if isinstance(weight, int) else 300 * (weight != 'normal')


@cache
def characters_of(path: str) -> frozenset[str]:
    """What a font file has; nothing where it cannot be read."""
    try:
        return frozenset(map(chr, get_font(path).get_charmap()))
    except Exception:
        return frozenset()


def needed(text: str) -> set[str]:
    """The characters of a text that leave a mark.

    >>> sorted(needed('a b\\n\u200d'))
    ['a', 'b']
    """
    silent = ('Cc', 'Cf', 'Zs', 'Zl', 'Zp')
    return {c for c in text if unicodedata.category(c) not in silent and c not in '\ufe0e\ufe0f'}


def find_fonts(characters: Iterable[str]) -> list[FontEntry] | None:
    """Few fonts that have all the characters together; None where some are in no font."""
    wanted, chosen = set(characters), []
    fonts = installed() if wanted else []
    while wanted:
        whole = (entry for entry in fonts if wanted <= characters_of(entry.fname))
        first = min(wanted)
        some = (entry for entry in fonts if first in characters_of(entry.fname))
        entry = next(whole, None) or next(some, None)
        if entry is None:
            return None
        chosen.append(entry)
        wanted -= characters_of(entry.fname)
    return chosen


def matplotlib_shapes() -> bool:
    """Whether matplotlib joins letters and knows writing from the right: from 3.11 on."""
    return hasattr(ft2font, '__libraqm_version__')


def pillow_shapes() -> bool:
    """Whether Pillow does; it needs libraqm and FriBiDi."""
    from PIL import features

    return bool(features.check('raqm') and features.check('fribidi'))


def is_drawable(text: str, own: Iterable[str], shapes: Callable[[], bool]) -> bool:
    """Whether a text can be drawn: all its characters are in fonts, and its letters are joined
    where its script joins them.

    Args:
        own: characters of the fonts that it is drawn with anyway.
        shapes: whether the renderer joins letters.
    """
    if _SHAPED.search(text) and not shapes():
        return False
    return find_fonts(needed(text).difference(own)) is not None


def keep_order(text: str) -> str:
    """Lines from left to right in which words from the right, such as Arabic ones, stay where they
    are: a number after one would else be put before it."""
    if _FROM_RIGHT.search(text) is None:
        return text
    plain = text.replace(_MARK, '')
    marked = _FROM_RIGHT.sub(lambda found: found[0] + _MARK, plain)
    return '\n'.join(_MARK + line for line in marked.split('\n'))


def advice(texts: Iterable[str], shapes: Callable[[], bool]) -> str:
    """What to install so that the texts can be drawn."""
    there = set().union(*map(needed, texts))
    lost = {c for c in there if find_fonts(c) is None}
    if not lost:
        return 'what joins their letters: matplotlib>=3.11, and libfribidi0 for Pillow'
    wide = {c for c in lost if unicodedata.name(c, '').startswith(_WIDE)}
    packages = ['fonts-noto-cjk'] * bool(wide) + ['fonts-noto-core'] * bool(lost - wide)
    return (
        f'a font that has them: apt install {" ".join(packages)} (Debian, Ubuntu), or a Noto Sans '
        'of fonts.google.com/noto in ~/.local/share/fonts'
    )


def tell_ids(lost: Mapping[str, int], shapes: Callable[[], bool]) -> None:
    """Say, once, which id stands for which class in pictures, and how to get the names."""
    ids = ', '.join(f'{number} = {name}' for name, number in lost.items())
    fix = advice(lost, shapes)
    _tell(
        ids,
        f'pictures show ids instead of class names that cannot be drawn here: {ids}. For the names '
        f'install {fix}',
    )


def tell_lost(text: str, shapes: Callable[[], bool]) -> None:
    """Say that a text stands without some of its letters; once for what can be done in one way."""
    fix = advice([text], shapes)
    _tell(
        fix,
        f'words of pictures that cannot be drawn here stand there with ? for a letter, the first: '
        f'{text!r}; install {fix}',
    )


def _tell(key: str, line: str) -> None:
    if key not in _TOLD:
        _TOLD.add(key)
        MMLogger.get_current_instance().warning(line)
