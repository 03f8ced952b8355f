"""Lists of some images, in the forms of RAN's."""

import pytest

from mmfer.lists.image_table import Images
from mmfer.lists.subset_list import read_subset

HASHES = [f'{i:056x}' for i in range(4)]
NAMES = {
    'FERPlus': [f'FER2013Test/fer000003{i}.png' for i in range(4)],
    'RAF-DB': [f'test_000{i}.jpg' for i in range(4)],
    'AffectNet': [f'{i}/{name}.jpg' for i, name in enumerate(HASHES)],
    'own': [f'test/happy/a {i}.jpg' for i in range(4)],
}
LINES = {  # the second and the fourth
    'FERPlus': [
        ('0/fer0000031.jpg', '7/fer0000033.jpg'),
        ('1_fer0000031.png 8 0', '2_fer0000033.png 8 3'),
    ],
    'RAF-DB': [
        ('0/test_0001_aligned.jpg', '3/test_0003_aligned.jpg'),
        ('test_0001_aligned 3 4', 'test_0003_aligned 4 1'),
    ],
    'AffectNet': [
        (f'0/{HASHES[1]}.jpg', f'7/{HASHES[3]}.jpg'),
        (f'val/0/{HASHES[1]}/', f'val/7/{HASHES[3]}/'),
    ],
    'own': [
        ('test/happy/a 1.jpg', 'test/happy/a 3.jpg'),
        ('/d/test/happy/a 1.jpg,pose', 'test/happy/a 3.jpg, 4'),
    ],
}


def read(tmp_path, dataset, *lines):
    path = tmp_path / 'list.txt'
    path.write_text('\n'.join(lines) + '\n')
    return read_subset(str(path), Images(NAMES[dataset], ('a', 'b'), dataset=dataset))


@pytest.mark.parametrize(
    'dataset, lines', [(dataset, lines) for dataset in LINES for lines in LINES[dataset]]
)
def test_each_form(tmp_path, told, dataset, lines):
    expected = {NAMES[dataset][1], NAMES[dataset][3]}
    # one comes twice in RAN's list of occluded faces of RAF-DB
    assert read(tmp_path, dataset, '# mine', *lines, lines[0]) == expected
    assert [line for line in told if 'WARNING' in line] == []
    assert any('3 lines name 2 of the 4 images' in line for line in told)


def test_what_is_not_read_is_told(tmp_path, told):
    assert len(read(tmp_path, 'RAF-DB', 'test_0001 3', 'test_0009_aligned 3 4')) == 1
    (line,) = [line for line in told if 'WARNING' in line]
    assert '1 of 2 lines name no image that is read' in line and "line 2: 'test_0009" in line


@pytest.mark.parametrize('lines', [('0/fer0000031.jpg',), ('',), ('558 7', '0', '4')])
def test_of_another_data_set(tmp_path, lines):
    with pytest.raises(ValueError, match='list.txt: none of its . lines names one of the 4 images'):
        read(tmp_path, 'RAF-DB', *lines)
    with pytest.raises(FileNotFoundError, match='no subset_file at'):
        read_subset(str(tmp_path / 'no.txt'), Images([], ()))
