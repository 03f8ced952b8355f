"""What is told of good, broken and absent image files."""

import os

import numpy as np
import pytest
from PIL import Image

from mmfer.data_report import inspect_images
from mmfer.utils.images import is_readable


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def rows_of(paths, **options):
    return inspect_images([str(path) for path in paths], **options)[:2]


def test_sizes_modes_and_bytes(tmp_path, noise):
    pictures = {
        'rgb.png': noise,
        'grey.png': noise[..., 0],
        'rgba.png': np.dstack([noise, noise[..., :1]]),
        'rgb.jpg': noise,
    }
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(tmp_path / name)
    paths = [tmp_path / name for name in pictures]
    table, errors = rows_of(paths)
    assert errors == {}
    assert table['status'].tolist() == ['ok'] * 4
    assert table['mode'].tolist() == ['RGB', 'L', 'RGBA', 'RGB']
    assert set(table['width'].tolist()) == {30} and set(table['height'].tolist()) == {20}
    assert table['bytes'].tolist() == [path.stat().st_size for path in paths]


def test_content_is_that_of_the_pixels(tmp_path, noise):
    """Equal for two files of the same pixels; not for another shape, mode or palette."""
    grey = noise[..., 0]
    Image.fromarray(noise).save(tmp_path / 'a.png')
    Image.fromarray(noise).save(tmp_path / 'b.bmp')
    changed = noise.copy()
    changed[7, 9, 2] ^= 1
    Image.fromarray(changed).save(tmp_path / 'c.png')
    Image.fromarray(grey).save(tmp_path / 'd.png')
    Image.fromarray(grey.reshape(30, 20)).save(tmp_path / 'e.png')
    for name, colour in (('f.png', 10), ('g.png', 20)):
        palette = Image.fromarray(grey % 2).convert('P')
        palette.putpalette([0, 0, 0, colour, 0, 0])
        palette.save(tmp_path / name)
    table, _ = rows_of(
        [
            tmp_path / name
            for name in ('a.png', 'b.bmp', 'c.png', 'd.png', 'e.png', 'f.png', 'g.png')
        ]
    )
    content = table['content'].tolist()
    assert content[0] == content[1]
    assert len(set(content)) == 6


def test_broken_files(tmp_path, noise):
    large = np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    for ending in ('jpg', 'png'):
        Image.fromarray(large).save(tmp_path / f'whole.{ending}')
        whole = (tmp_path / f'whole.{ending}').read_bytes()
        (tmp_path / f'cut.{ending}').write_bytes(whole[: len(whole) // 2])
    (tmp_path / 'empty.jpg').write_bytes(b'')
    (tmp_path / 'text.png').write_text('<html>404 Not Found</html>')
    (tmp_path / 'folder.png').mkdir()
    names = (
        'cut.jpg',
        'cut.png',
        'empty.jpg',
        'text.png',
        'folder.png',
        'none.png',
        'whole.jpg',
        'text.png/inside.png',
    )
    table, errors = rows_of([tmp_path / name for name in names])
    assert table['status'].tolist() == ['unreadable'] * 5 + ['missing', 'ok', 'missing']
    assert sorted(errors) == [0, 1, 2, 3, 4]
    assert 'truncated' in errors[0] and 'UnidentifiedImageError' in errors[3]
    assert table['content'][:6].tolist() == [b''] * 6


def test_blank_images(tmp_path, noise):
    for name, pixels in (
        ('grey', np.full((5, 5), 9, np.uint8)),
        ('noise', noise),
        ('red', np.full((5, 5, 3), (255, 0, 0), np.uint8)),
    ):
        Image.fromarray(pixels).save(tmp_path / f'{name}.png')
    table, _ = rows_of([tmp_path / f'{name}.png' for name in ('grey', 'noise', 'red')])
    assert table['blank'].tolist() == [True, False, True]


def test_order_and_progress_with_many_chunks(tmp_path):
    """Of 300 rows each is the row of its own file, for any number of threads."""
    for width in range(1, 31):
        Image.fromarray(np.zeros((2, width), np.uint8)).save(tmp_path / f'{width}.png')
    widths = np.random.default_rng(0).integers(1, 31, 300)
    paths = [tmp_path / f'{width}.png' for width in widths]
    calls = []
    table, _ = rows_of(paths, workers=3, progress=lambda *call: calls.append(call))
    assert table['width'].tolist() == widths.tolist()
    assert calls == [(64, 300), (128, 300), (192, 300), (256, 300), (300, 300)]
    assert np.array_equal(table, rows_of(paths)[0])


def test_nothing_and_no_workers(tmp_path):
    assert len(inspect_images([]).table) == 0
    with pytest.raises(ValueError, match='workers must be 1 or more, not 0'):
        inspect_images([], workers=0)


def test_rows_are_found_by_path(tmp_path):
    names = ['a.png', 'b.png', 'c.png']
    for width, name in enumerate(names, 1):
        Image.fromarray(np.zeros((2, width), np.uint8)).save(tmp_path / name)
    paths = [str(tmp_path / name) for name in names]
    found = inspect_images(paths)
    assert found.rows([paths[2], paths[0], paths[2]]).tolist() == [2, 0, 2]
    assert found.table['width'][found.rows(paths[1:])].tolist() == [2, 3]


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / 'a.png')
    table, errors = rows_of([tmp_path / 'a.png'])
    assert table['status'].tolist() == ['unreadable'] and errors == {0: 'no regular file'}


def test_what_training_cannot_load_is_unreadable(tmp_path, noise):
    """Though Pillow opens it; 16 bits, grey and palettes are loaded, so that they are right."""
    Image.fromarray(noise).save(tmp_path / 'whole.png')
    (tmp_path / 'cut.png').write_bytes((tmp_path / 'whole.png').read_bytes()[:-8])
    grey = noise[..., 0]
    for kind in ('float32', 'int32', 'uint16'):
        Image.fromarray(grey.astype(kind)).save(tmp_path / f'{kind}.tiff')
    Image.fromarray(noise).quantize(8).save(tmp_path / 'palette.gif')
    names = ('whole.png', 'uint16.tiff', 'palette.gif', 'cut.png', 'float32.tiff', 'int32.tiff')
    paths = [tmp_path / name for name in names]
    table, errors = rows_of(paths)
    assert table['status'].tolist() == ['ok'] * 3 + ['unreadable'] * 3
    assert sorted(errors) == [3, 4, 5]
    for path, status in zip(paths, table['status'].tolist()):
        assert is_readable(str(path)) == (status == 'ok')
