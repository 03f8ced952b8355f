"""label.lst, row by row."""

import pytest

from mmfer.lists.expw_list import FIELDS, read_expw_list

ROWS = ('a b.jpg 0 10 20 84 96 99.5 3', 'c.jpg 0 1 2 33 44 5 0', 'c.jpg 1 5 60 90 44 7.25 6')


def write(tmp_path, *rows):
    (tmp_path / 'label.lst').write_text('\n'.join(rows))
    return str(tmp_path / 'label.lst')


@pytest.mark.parametrize('header', [(), (FIELDS,)])
def test_rows(tmp_path, header):
    rows = list(read_expw_list(write(tmp_path, *header, *ROWS)))
    assert [row[1:] for row in rows] == [
        ('a b.jpg', 0, (20, 10, 64, 86), 3),
        ('c.jpg', 0, (2, 1, 31, 43), 0),
        ('c.jpg', 1, (60, 5, 30, 39), 6),
    ]
    assert rows[0][0].endswith(f'label.lst, line {1 + len(header)}')


@pytest.mark.parametrize(
    'row',
    [
        'c.jpg 0 1 2 33 44 5',
        'c.jpg x 1 2 33 44 5 0',
        'c.jpg 0 1 2 33 nan 5 0',
        'c.jpg 0 1 2 3 4 5 h',
    ],
)
def test_rows_that_are_wrong(tmp_path, row):
    with pytest.raises(ValueError, match='line 2: .* is not "image_name face_id_in_image'):
        list(read_expw_list(write(tmp_path, ROWS[0], row)))


def test_boxes_of_another_order(tmp_path):
    """x, y, width, height in place of the four sides."""
    with pytest.raises(ValueError, match='line 1: the box .* has no size, as 2 of 2; are the col'):
        list(
            read_expw_list(write(tmp_path, 'a.jpg 0 100 120 50 60 9 1', 'b.jpg 0 90 80 70 60 9 1'))
        )
    with pytest.raises(FileNotFoundError, match='label.lst'):
        list(read_expw_list(str(tmp_path / 'no')))
