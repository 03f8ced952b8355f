"""Which fonts have which characters."""

import shutil

import pytest
from matplotlib.font_manager import fontManager

from mmfer.visualization import fonts


def test_characters_of_a_font(make_font, tmp_path):
    assert fonts.characters_of(make_font('生气').fname) == {'生', '气'}
    broken = tmp_path / 'broken.ttf'
    broken.write_bytes(b'no font')
    assert fonts.characters_of(str(broken)) == frozenset()


def test_few_fonts_have_all_together(make_font, with_fonts):
    one, other, both = (make_font(c, n) for c, n in (('生', 'A'), ('अ', 'B'), ('生अ', 'C')))
    with_fonts(one, other)
    assert fonts.find_fonts('生') == [one]
    assert set(fonts.find_fonts('生अ')) == {one, other}
    assert fonts.find_fonts('生अж') is None
    assert fonts.find_fonts('') == []
    with_fonts(one, other, both)
    assert fonts.find_fonts('生अ') == [both]


def test_installed_fonts_are_upright_and_none_is_of_placeholders():
    found = fonts.installed()
    assert found[0].name == 'DejaVu Sans' and {entry.style for entry in found} == {'normal'}
    assert not [entry for entry in found if 'Last Resort' in entry.name]
    assert [entry.weight for entry in found].index(700) > 5  # bold ones stand behind


def test_a_font_that_came_after_the_list_is_found(make_font, monkeypatch, tmp_path):
    late = tmp_path / 'late.ttf'
    shutil.copy(make_font('生', 'Late').fname, late)
    broken = tmp_path / 'broken.ttf'
    broken.write_bytes(b'no font')
    monkeypatch.setattr(
        fontManager, 'ttflist', [e for e in fontManager.ttflist if e.name != 'Late']
    )
    monkeypatch.setattr(fonts, 'findSystemFonts', lambda: [str(broken), str(late)])
    fonts._installed.cache_clear()
    try:
        assert [entry.fname for entry in fonts.find_fonts('生')] == [str(late)]
    finally:
        fonts._installed.cache_clear()


@pytest.mark.parametrize('text', ['غضب', 'क्रोध', 'שמחה', 'ខឹង'])
def test_letters_that_are_not_joined_are_not_drawn(text, make_font, with_fonts):
    with_fonts(make_font(''.join(fonts.needed(text))))
    assert fonts.is_drawable(text, (), shapes=lambda: True)
    assert not fonts.is_drawable(text, (), shapes=lambda: False)
    assert 'matplotlib>=3.11' in fonts.advice([text], shapes=lambda: False)


@pytest.mark.parametrize(
    'text, package',
    [
        ('生气', 'fonts-noto-cjk'),
        ('かなしみ', 'fonts-noto-cjk'),
        ('슬픔', 'fonts-noto-cjk'),
        ('غضب', 'fonts-noto-core'),
        ('क्रोध', 'fonts-noto-core'),
        ('гнев', 'fonts-noto-core'),
        ('生 ж', 'fonts-noto-cjk fonts-noto-core'),
    ],
)
def test_what_to_install(text, package, with_fonts):
    with_fonts()
    assert f'apt install {package} (Debian, Ubuntu)' in fonts.advice([text], lambda: True)


def test_words_from_the_right_stay_where_they_are():
    assert fonts.keep_order('label: sad, 3') == 'label: sad, 3'
    marked = fonts.keep_order('label: فرح شديد, 3\nغضب (1)')
    assert marked == '\u200elabel: فرح شديد\u200e, 3\n\u200eغضب\u200e (1)'
    assert fonts.keep_order(marked) == marked


def test_each_thing_is_told_once(told, with_fonts):
    with_fonts()
    for _ in range(2):
        fonts.tell_ids({'生气': 0, '高兴': 2}, lambda: True)
        fonts.tell_lost('生.jpg', lambda: True)
        fonts.tell_lost('高.jpg', lambda: True)
    assert len(told) == 2
    assert told[0].startswith('WARNING pictures show ids instead of class names')
    assert '0 = 生气, 2 = 高兴. For the names install a font' in told[0]
    assert (
        "the first: '生.jpg'; install a font that has them: apt install fonts-noto-cjk" in told[1]
    )
