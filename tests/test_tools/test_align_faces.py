"""The tool on drawn faces that are turned and moved in a larger picture."""

import csv
import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from runpy import run_path

import cv2
import numpy as np
import pytest
import torch

from mmfer.functional import apply_transform, face_template
from mmfer.synthetic import draw_face, sample_face

TOOL = Path(__file__).parents[2] / 'tools' / 'dataset_tools' / 'align_faces.py'
SIZE = 64
POINTS = face_template('rafdb', SIZE)
SHEET = (2 * 149 + 6, 8 * 134 + 6, 3)


def picture(number):
    """A face of 64 px, turned and enlarged in a picture; and its five points."""
    face = draw_face(sample_face(0, number), SIZE)
    angle, scale = np.deg2rad(15.0 * number - 30), 1.5 + 0.1 * number
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    middle = (SIZE - 1) / 2
    matrix = np.column_stack([turn, np.array([112, 97.5]) - turn @ [middle, middle]])
    return (
        face,
        cv2.warpAffine(
            face, matrix, (220, 200), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        apply_transform(matrix, POINTS),
    )


@pytest.fixture
def photos(tmp_path):
    """Five pictures in two folders, points of four of them, a file that is no picture."""
    rows = []
    for number, name in enumerate(('a/0.png', 'a/1.jpg', 'b/0.png', 'b/c/3.PNG', 'b/4.png')):
        path = tmp_path / 'in' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _, image, points = picture(number)
        cv2.imwrite(str(path), image)
        if number < 4:
            rows.append([name, *points.ravel()])
    (tmp_path / 'in' / 'b' / 'broken.jpg').write_bytes(b'no picture')
    (tmp_path / 'in' / 'notes.txt').write_text('not looked at')
    with open(tmp_path / 'points.csv', 'w', newline='') as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def arguments(photos, *more, out='out'):
    return [
        photos / 'in',
        photos / out,
        '--template',
        'rafdb',
        '--size',
        SIZE,
        '--landmarks',
        photos / 'points.csv',
        *more,
    ]


@pytest.fixture
def align(monkeypatch, capsys):
    """Returns a function: command line -> what was printed."""
    spec = spec_from_file_location('align_faces', TOOL)
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['align_faces.py', *map(str, arguments)])
        tool.main()
        return capsys.readouterr().out

    return run


def crops(folder):
    return {
        path.relative_to(folder).as_posix(): cv2.imread(str(path))
        for path in folder.rglob('*')
        if path.suffix in ('.png', '.jpg', '.PNG')
    }


def difference(a, b):
    """Mean grey levels, away from the border."""
    return np.abs(a[8:-8, 8:-8].astype(float) - b[8:-8, 8:-8]).mean()


def test_faces_come_out_as_they_were_drawn(photos, align):
    printed = align(*arguments(photos, '--sheet', photos / 'sheet.png'))
    found = crops(photos / 'out')
    assert set(found) == {'a/0.png', 'a/1.jpg', 'b/0.png', 'b/c/3.PNG'}
    drawn = {
        name: picture(number)[0]
        for number, name in enumerate(('a/0.png', 'a/1.jpg', 'b/0.png', 'b/c/3.PNG'))
    }
    for name, crop in found.items():
        assert crop.shape == (SIZE, SIZE, 3)
        distances = {other: difference(crop, face) for other, face in drawn.items()}
        assert distances[name] < 6 and min(distances, key=distances.get) == name
    assert '6 pictures: 4 aligned, 0 already there, 1 no face, 1 unreadable, 0 failed' in printed
    with open(photos / 'out' / 'not_aligned.csv', newline='') as file:
        assert list(csv.reader(file)) == [
            ['file', 'reason'],
            ['b/4.png', 'no face'],
            ['b/broken.jpg', 'unreadable: not a picture that OpenCV reads'],
        ]
    # Five pairs in rows of four, 6 px and 15 px of caption between; the first crop beside its
    # picture, twice as large.
    sheet = cv2.imread(str(photos / 'sheet.png'))
    assert sheet.shape == SHEET
    shown = cv2.resize(sheet[6:134, 140:268], (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    assert difference(shown, drawn['a/0.png']) < 6
    # The fourth picture has no face: its crop's place is white.
    assert (sheet[6:134, 944:1072] == 255).all()


def test_a_second_run_makes_what_is_missing_or_old(photos, align):
    align(*arguments(photos))
    out = photos / 'out'
    (out / 'b/0.png').unlink()
    os.utime(photos / 'in/a/0.png', (2e9, 2e9))  # newer than its crop
    (photos / 'in/a/1.jpg').write_bytes(b'no longer a picture')
    os.utime(photos / 'in/a/1.jpg', (1e9, 1e9))  # older: not looked at
    before = {name: (out / name).stat().st_mtime_ns for name in ('a/0.png', 'a/1.jpg')}
    printed = align(*arguments(photos))
    assert '2 aligned, 2 already there, 1 no face, 1 unreadable' in printed
    assert (out / 'a/1.jpg').stat().st_mtime_ns == before['a/1.jpg']
    assert (out / 'a/0.png').stat().st_mtime_ns != before['a/0.png']
    assert (out / 'b/0.png').is_file()
    assert not list(out.rglob('*tmp'))


def test_a_sheet_of_what_is_there(photos, align):
    align(*arguments(photos))
    stamp = (photos / 'out/a/1.jpg').stat().st_mtime_ns
    assert '0 aligned, 4 already there' in align(*arguments(photos, '--sheet', photos / 's.png'))
    assert cv2.imread(str(photos / 's.png')).shape == SHEET
    assert (photos / 'out/a/1.jpg').stat().st_mtime_ns == stamp


@pytest.mark.parametrize('content', [b'', b'[1]', b'\xff', b'{"margin": 0', b'[' * 9999])
def test_a_damaged_record_is_named(photos, align, content):
    align(*arguments(photos))
    (record,) = (photos / 'out').glob('*.json')
    record.write_bytes(content)
    with pytest.raises(SystemExit, match=f'align_faces: {record} '):
        align(*arguments(photos))


def test_other_settings_need_another_folder(photos, align):
    align(*arguments(photos))
    with pytest.raises(SystemExit, match='other settings .margin: 0.0 there, 0.2 now.*another'):
        align(*arguments(photos, '--margin', 0.2))
    with open(photos / 'points.csv', 'a') as file:
        file.write('\n')
    with pytest.raises(SystemExit, match='other settings .landmarks: '):
        align(*arguments(photos))
    record = json.loads((photos / 'out' / 'align_faces.json').read_text())
    assert record['template'] == 'rafdb' and record['size'] == SIZE


def test_suffix_and_several_faces(photos, align):
    # A smaller second face in a/0.png, listed first.
    points = picture(0)[2]
    rows = (photos / 'points.csv').read_text()
    (photos / 'points.csv').write_text(
        ','.join(['a/0.png', *map(str, (points * 0.5 + 40).ravel())]) + '\n' + rows
    )
    printed = align(*arguments(photos, '--faces', 'all', '--suffix', '_aligned'))
    assert 'several faces in 1; kept: all' in printed
    found = crops(photos / 'out')
    assert set(found) == {
        'a/0_aligned.png',
        'a/0_aligned_face2.png',
        'a/1_aligned.jpg',
        'b/0_aligned.png',
        'b/c/3_aligned.PNG',
    }
    assert difference(found['a/0_aligned.png'], picture(0)[0]) < 6
    # which crop is which box
    with open(photos / 'out' / 'crops.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [(row['crop'], row['picture'], row['face']) for row in rows[:3]] == [
        ('a/0_aligned.png', 'a/0.png', '1'),
        ('a/0_aligned_face2.png', 'a/0.png', '2'),
        ('a/1_aligned.jpg', 'a/1.jpg', '1'),
    ]
    for row, face in zip(rows, (points, points * 0.5 + 40)):
        box = [*face.min(0), *np.ptp(face, axis=0)]
        given = [float(row[name]) for name in ('x', 'y', 'width', 'height')]
        np.testing.assert_allclose(given, box, rtol=1e-4)
    assert len(rows) == len(found) and {row['crop'] for row in rows} == set(found)
    before = (photos / 'out' / 'crops.csv').read_bytes()
    align(*arguments(photos, '--faces', 'all', '--suffix', '_aligned'))
    assert (photos / 'out' / 'crops.csv').read_bytes() == before
    (photos / 'out' / 'crops.csv').unlink()  # crops that nobody knows the boxes of
    assert '4 aligned' in align(*arguments(photos, '--faces', 'all', '--suffix', '_aligned'))
    assert (photos / 'out' / 'crops.csv').read_bytes() == before
    largest = align(*arguments(photos, out='one'))
    assert 'several faces in 1; kept: largest' in largest
    assert np.array_equal(crops(photos / 'one')['a/0.png'], found['a/0_aligned.png'])


def test_one_picture(photos, align):
    _, *rest = arguments(photos)
    assert '1 pictures: 1 aligned' in align(photos / 'in/a/0.png', *rest)
    assert list(crops(photos / 'out')) == ['0.png']


def test_one_bad_picture_stops_nothing(photos, align):
    rows = (photos / 'points.csv').read_text().splitlines()
    rows[0] = 'a/0.png' + ',5,5' * 5
    (photos / 'points.csv').write_text('\n'.join(rows))
    assert '3 aligned, 0 already there, 1 no face, 1 unreadable, 1 failed' in align(
        *arguments(photos)
    )
    text = (photos / 'out' / 'not_aligned.csv').read_text()
    assert 'points.csv, line 1: the points [[5.0, 5.0], [5.0, 5.0], ' in text
    assert 'are no face' in text


def test_nothing_aligned_is_a_failure(photos, align):
    (photos / 'points.csv').write_text('another.png,1,2,9,2,5,6,2,9,8,9\n')
    with pytest.raises(SystemExit) as stop:
        align(*arguments(photos))
    assert stop.value.code == 1
    assert (photos / 'out' / 'not_aligned.csv').read_text().count('no face') == 5


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(out='in'), 'in the folder of the pictures'),
        (dict(out='in/aligned'), 'in the folder of the pictures'),
        (dict(out='points.csv'), 'is a file'),
        (dict(out='full'), 'not empty and has no align_faces.json'),
    ],
)
def test_folders_that_are_refused(photos, align, change, message):
    (photos / 'full').mkdir()
    (photos / 'full' / 'x.png').write_bytes(b'')
    before = sorted(photos.rglob('*'))
    with pytest.raises(SystemExit, match=message):
        align(*arguments(photos, **change))
    assert sorted(photos.rglob('*')) == before


def test_command_lines_that_are_refused(photos, align, capsys):
    def refused(*given):
        with pytest.raises(SystemExit) as stop:
            align(photos / 'in', photos / 'out', '--template', 'rafdb', *given)
        return f'{stop.value.code} {capsys.readouterr().err}'

    assert 'where do the points come from' in refused()
    assert 'leave out --yunet' in refused('--landmarks', 'x.csv', '--yunet', 'y.onnx')
    assert 'no landmarks at' in refused('--landmarks', photos / 'no.csv')
    assert 'no face detector at' in refused('--yunet', photos / 'no.onnx')
    assert 'no landmark weights at' in refused('--mobilefacenet', photos / 'no.pth')
    assert '--workers 0' in refused('--landmarks', 'x.csv', '--workers', 0)
    assert '--max-pixels -1' in refused('--landmarks', 'x.csv', '--max-pixels', -1)
    assert '--as-listed is about' in refused('--yunet', 'x.onnx', '--as-listed')
    assert not (photos / 'out').exists()


def test_two_processes_give_the_same_files(photos, align):
    align(*arguments(photos, out='one'))
    run = subprocess.run(
        [sys.executable, str(TOOL), *map(str, arguments(photos, '--workers', 2, out='two'))],
        capture_output=True,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
    )
    assert run.returncode == 0, run.stderr
    assert '6 pictures: 4 aligned' in run.stdout
    one, two = crops(photos / 'one'), crops(photos / 'two')
    assert set(one) == set(two) and all(np.array_equal(one[name], two[name]) for name in one)


def test_with_mobilefacenet(photos, align):
    """Random weights: the crops show anything, but what is written is as asked for."""
    spec = spec_from_file_location(
        'landmark_tests', Path(__file__).parents[1] / 'test_apis' / 'test_landmarks.py'
    )
    helpers = module_from_spec(spec)
    spec.loader.exec_module(helpers)
    torch.save(dict(state_dict=helpers.published_state()), photos / 'w.pth')
    printed = align(
        photos / 'in',
        photos / 'out',
        '--template',
        'ferplus',
        '--size',
        48,
        '--border',
        'replicate',
        '--mobilefacenet',
        photos / 'w.pth',
    )
    assert '5 aligned, 0 already there, 0 no face, 1 unreadable, 0 failed' in printed
    assert {crop.shape for crop in crops(photos / 'out').values()} == {(48, 48, 3)}


def test_openvino_weights_are_told_from_others(photos):
    fingerprint = run_path(str(TOOL))['fingerprint']
    (photos / 'm.xml').write_text('<net/>')
    (photos / 'm.bin').write_bytes(b'weights')
    before = fingerprint(photos / 'm.xml')
    (photos / 'm.bin').write_bytes(b'WEIGHTS')
    assert fingerprint(photos / 'm.xml') != before


@pytest.mark.skipif(
    not os.environ.get('MMFER_YUNET'), reason='MMFER_YUNET does not name a YuNet model'
)
def test_with_yunet(photos, align):
    import skimage.data

    cv2.imwrite(str(photos / 'in' / 'astronaut.png'), skimage.data.astronaut()[..., ::-1])
    printed = align(
        photos / 'in', photos / 'out', '--template', 'arcface', '--yunet', os.environ['MMFER_YUNET']
    )
    assert '6 aligned' in printed and '1 unreadable' in printed
    assert crops(photos / 'out')['astronaut.png'].shape == (112, 112, 3)


def test_pictures_of_other_formats_and_files_of_the_system(photos, align):
    image = cv2.imread(str(photos / 'in/a/0.png'))
    with open(photos / 'points.csv') as file:
        points = next(csv.reader(file))[1:]
    (photos / 'in').rename(photos / 'old')
    names = ('a.gif', 'a.jfif', 'a.jpe', 'a.pbm', 'a.bmp')
    for name in (*names, '._a.bmp', '__MACOSX/a.bmp', 'a.img'):
        (photos / 'in' / name).parent.mkdir(parents=True, exist_ok=True)
        kind = {'.jfif': '.jpg', '.img': '.jpg'}.get(Path(name).suffix, Path(name).suffix)
        shown = image[..., 0] if kind == '.pbm' else image
        (photos / 'in' / name).write_bytes(cv2.imencode(kind, shown)[1].tobytes())
    os.mkfifo(photos / 'in/pipe.jpg')
    with open(photos / 'points.csv', 'w', newline='') as file:
        csv.writer(file).writerows([name, *points] for name in names)
    printed = align(*arguments(photos))
    assert '5 pictures: 5 aligned' in printed
    assert '1 left out (picture of another ending)' in printed and 'a.img' in printed
    assert '1 left out (no regular file)' in printed
    written = {path.name for path in (photos / 'out').iterdir()}
    assert {'a.gif.png', 'a.jfif', 'a.jpe', 'a.pbm.png', 'a.bmp'} <= written
    assert '5 already there' in align(*arguments(photos))


def test_points_that_are_no_faces_end_it_before_anything_is_written(photos, align):
    rows = [row.split(',') for row in (photos / 'points.csv').read_text().splitlines()]
    swapped = [
        ','.join([row[0], *row[3:5], *row[1:3], *row[5:7], *row[9:], *row[7:9]]) for row in rows
    ]
    (photos / 'points.csv').write_text('\n'.join(swapped))
    with pytest.raises(
        SystemExit, match='align_faces: .*points.csv, line 1: .*right_eye_x,right_ey'
    ):
        align(*arguments(photos))
    assert not (photos / 'out').exists()
    assert '4 aligned' in align(*arguments(photos, '--as-listed'))
    with pytest.raises(SystemExit, match='points.csv'):  # still so, with crops there
        align(*arguments(photos))
    header = 'file,' + ','.join(
        f'{name}_{axis}' for name in ('left_eye', 'right_eye', 'nose', 'mouth_left', 'mouth_right')
        for axis in 'xy'
    )  # fmt: skip
    (photos / 'points.csv').write_text('\n'.join([header, *swapped]))
    assert '4 aligned' in align(*arguments(photos, out='named'))
    drawn = picture(0)[0]
    assert difference(crops(photos / 'named')['a/0.png'], drawn) < 6
    assert difference(crops(photos / 'out')['a/0.png'], drawn) > 20


def test_a_picture_of_too_many_pixels(photos, align):
    cv2.imwrite(str(photos / 'in/a/0.png'), np.zeros((400, 300, 3), np.uint8))
    printed = align(*arguments(photos, '--max-pixels', 100_000))
    assert '3 aligned, 0 already there, 1 no face, 1 unreadable, 1 failed' in printed
    listed = (photos / 'out/not_aligned.csv').read_text()
    assert 'its header tells of 120000 pixels, more than max_pixels=100000' in listed
