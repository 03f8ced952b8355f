import os

import numpy as np
import pytest

from mmfer.lists import affectnet_lists
from mmfer.lists.affectnet_lists import read_scalar


def test_order_does_not_depend_on_the_disk(new_affectnet_root, monkeypatch):
    listdir = os.listdir
    folder = new_affectnet_root / 'train_set/annotations'
    for name in ('b', 'a'):
        np.save(folder / f'{name}_exp.npy', np.array(0))
    np.save(folder / '\u00b2_exp.npy', np.array(0))  # a digit, but no number
    (folder / '._3_exp.npy').write_bytes(b'of a Mac')
    found = [
        list(affectnet_lists.read_annotations(str(folder), '_exp.npy'))
        for order in (sorted, lambda names: sorted(names)[::-1])
        if not monkeypatch.setattr(affectnet_lists.os, 'listdir', lambda p: order(listdir(p)))
    ]
    assert found[0] == found[1] == [*map(str, range(12)), 'a', 'b', '\u00b2']


@pytest.mark.parametrize(
    'value',
    [
        np.array('5'),
        np.array(5),
        np.array(5.0),
        np.array('5', dtype='<U7'),
        np.array(5, dtype=np.uint8),
        np.array(b'5'),
        np.array(5, dtype='>i4'),
        np.array('10'),
    ],
)
def test_small_files_hold_what_numpy_reads(tmp_path, value):
    np.save(tmp_path / 'x.npy', value)
    assert read_scalar(str(tmp_path / 'x.npy')) == int(np.load(tmp_path / 'x.npy')) == int(value)


@pytest.mark.parametrize('value', ['1_0', '\uff11', '0x1', '1e0', 'inf'])
def test_digits_in_small_files_are_plain(tmp_path, value):
    np.save(tmp_path / 'x.npy', np.array(value))
    with pytest.raises(ValueError, match=f'x.npy: is no .npy file of one integer .*{value}'):
        read_scalar(str(tmp_path / 'x.npy'))


def test_boxes_and_ids(tmp_path):
    path = tmp_path / 'l.csv'
    path.write_text(
        'expression,face_height,face_width,face_y,face_x,subDirectory_filePath\n'
        '3,5,6,-1.5,2e1,a.jpg\n10,,,,,b.jpg\n'
    )
    assert list(affectnet_lists.read_original_list(str(path))) == [
        (2, 'a.jpg', 3, (20, -1.5, 6, 5)),
        (3, 'b.jpg', 10, ()),
    ]


def test_damaged_small_files_end_in_an_error_of_ours(tmp_path):
    """Of any byte, and cut anywhere: the number, or a ValueError with the file's name."""
    path, rng = tmp_path / 'x.npy', np.random.default_rng(0)
    for value in (np.array('5'), np.array(5)):
        np.save(path, value)
        whole = path.read_bytes()
        damaged = [whole[:cut] for cut in range(len(whole))]
        for _ in range(1500):
            data = bytearray(whole)
            data[rng.integers(len(whole))] = rng.integers(256)
            damaged.append(bytes(data))
        for data in damaged:
            path.write_bytes(data)
            try:
                assert isinstance(read_scalar(str(path)), int)
            except ValueError as error:
                assert str(error).startswith(f'{path}: is no .npy file of one integer')
