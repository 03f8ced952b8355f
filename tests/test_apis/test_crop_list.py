"""The table of crops, also after a run that was stopped."""

import csv

import numpy as np

from mmfer.apis import DetectedFace
from mmfer.apis.crop_list import COLUMNS, FILE, CropList

FACES = [DetectedFace(np.array([1.5, 2, side, side]), None, 0.75) for side in (30, 9.25)]


def rows(folder):
    with open(folder / FILE, newline='', encoding='utf-8', errors='surrogateescape') as file:
        return list(csv.reader(file))


def test_rows(tmp_path):
    crops = CropList(tmp_path)
    assert 'b/2.png' not in crops
    assert crops.put('b/2.png', ['b/2.png', 'b/2_face2.png'], FACES) == []
    assert crops.put('a, "1"\n\udce9.png', ['a, "1"\n\udce9.png'], FACES[:1]) == []
    assert 'b/2.png' in crops
    crops.close()
    expected = [
        [*COLUMNS],
        ['a, "1"\n\udce9.png', 'a, "1"\n\udce9.png', '1', '1.5', '2', '30', '30', '0.75'],
        ['b/2.png', 'b/2.png', '1', '1.5', '2', '30', '30', '0.75'],
        ['b/2_face2.png', 'b/2.png', '2', '1.5', '2', '9.25', '9.25', '0.75'],
    ]
    assert rows(tmp_path) == expected
    again = CropList(tmp_path)
    assert 'b/2.png' in again and 'a, "1"\n\udce9.png' in again
    again.close()
    assert rows(tmp_path) == expected


def test_a_picture_with_fewer_faces_than_before(tmp_path):
    crops = CropList(tmp_path)
    crops.put('b/2.png', ['b/2.png', 'b/2_face2.png'], FACES)
    crops.close()
    crops = CropList(tmp_path)
    assert crops.put('b/2.png', ['b/2.png'], FACES[1:]) == ['b/2_face2.png']
    crops.close()
    assert [row[3:7] for row in rows(tmp_path)[1:]] == [['1.5', '2', '9.25', '9.25']]


def test_a_run_that_was_stopped(tmp_path):
    crops = CropList(tmp_path)
    crops.put('1.png', ['1.png'], FACES[:1])
    crops.put('2.png', ['2.png', '2_face2.png'], FACES)
    whole = (tmp_path / FILE).read_bytes()
    for cut in [*range(whole.index(b'2_face2')), *range(whole.index(b'2_face2') + 1, len(whole))]:
        (tmp_path / FILE).write_bytes(whole[:cut])
        again = CropList(tmp_path)
        again.put('3.png', ['3.png'], FACES[:1])
        again = CropList(tmp_path)
        assert '2.png' not in again  # not both of its rows
        assert '3.png' in again
        again.put('2.png', ['2.png', '2_face2.png'], FACES)
        again.close()
        assert [row[0] for row in rows(tmp_path)][-3:] == ['2.png', '2_face2.png', '3.png']
