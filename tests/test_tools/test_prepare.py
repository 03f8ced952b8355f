"""The tool on small data sets, as one uses it, and its pictures."""

import csv
import importlib.util
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmfer.data_report.splits import COUNTS, Published
from mmfer.synthetic import (
    write_affectnet,
    write_expw,
    write_fer2013,
    write_ferplus,
    write_rafdb,
)
from mmfer.visualization.contact_sheet import CAPTION, GAP, TITLE

TOOL = Path(__file__).parents[2] / 'tools' / 'dataset_tools' / 'prepare.py'


@pytest.fixture
def prepare(monkeypatch, capsys, tmp_path):
    """Returns a function: command line -> exit status, output, errors. Reports go to
    tmp_path/report."""
    spec = importlib.util.spec_from_file_location('prepare', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv('COLUMNS', '400')
    monkeypatch.chdir(tmp_path)

    def run(*arguments, out=True):
        given = [*arguments, *(['--out', tmp_path / 'report'] if out else [])]
        monkeypatch.setattr(sys, 'argv', ['prepare.py', *map(str, given)])
        with pytest.raises(SystemExit) as ended:
            module.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run


@pytest.fixture
def rafdb(tmp_path):
    write_rafdb(tmp_path / 'rafdb', train=21, test=7, size=32)
    return tmp_path / 'rafdb'


@pytest.fixture
def ferplus(tmp_path):
    write_ferplus(tmp_path / 'ferplus', train=24, valid=8, test=8, size=48)
    return tmp_path / 'ferplus'


@pytest.fixture
def small_counts(monkeypatch):
    """RAF-DB's published counts are those of the synthetic faces."""
    for split, each in (('train', 3), ('test', 1)):
        monkeypatch.setitem(
            COUNTS,
            ('RAFDB', '', split),
            Published((7 * each,), (each,) * 7, 'a test'),
        )


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob('*')
        if path.is_file()
    }


def zip_folder(source, target, prefix=''):
    with zipfile.ZipFile(target, 'w') as file:
        for path in sorted(source.rglob('*')):
            file.write(path, f'{prefix}{path.relative_to(source).as_posix()}')
    return target


def test_rafdb_with_nothing_wrong(prepare, rafdb, small_counts, tmp_path):
    before = contents(rafdb)
    code, out, _ = prepare('rafdb', rafdb, '--workers', 2)
    assert code == 0 and 'nothing is wrong' in out
    assert contents(rafdb) == before
    names = {path.name for path in (tmp_path / 'report').iterdir()}
    assert names == {
        'report.json',
        'report.md',
        'data_report_state.json',
        'classes.png',
        'ambiguity.png',
        *(
            f'faces_{kind}.png'
            for kind in ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
        ),
    }
    sheet = cv2.imread(str(tmp_path / 'report/faces_fear.png'))
    assert sheet.shape == (TITLE + 112 + CAPTION + 2 * GAP, 3 * (112 + GAP) + GAP, 3)
    for name in ('classes.png', 'ambiguity.png'):
        picture = cv2.imread(str(tmp_path / 'report' / name))
        assert min(picture.shape[:2]) > 250 and picture.std() > 5


def test_second_run_looks_at_nothing(prepare, rafdb, small_counts, tmp_path, monkeypatch):
    prepare('rafdb', rafdb)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / 'report').iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr('mmfer.data_report.inspect_images', None)
        code, out, _ = prepare('rafdb', rafdb)
    assert code == 0 and 'the same files as at the last run' in out and 'as published' in out
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / 'report').iterdir()}
    code, out, _ = prepare('rafdb', rafdb, '--force')
    assert code == 0 and 'the same files' not in out


def test_a_change_is_seen(prepare, rafdb, small_counts, tmp_path):
    prepare('rafdb', rafdb)
    images = rafdb / 'Image/aligned'
    shutil.copy(images / 'train_00002_aligned.jpg', images / 'test_0005_aligned.jpg')
    (images / 'train_00007_aligned.jpg').write_bytes(b'')
    (images / 'train_00008_aligned.jpg').unlink()
    code, out, _ = prepare('rafdb', rafdb)
    assert code == 1 and '3 checks failed' in out and 'the same files' not in out
    assert 'images of test that train holds, too: 1' in out
    assert '1 of 21, the first: Image/aligned/train_00007_aligned.jpg' in out
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert {(f['split'], f['check']) for f in numbers['findings'] if f['level'] == 'wrong'} == {
        ('test', 'leak'),
        ('train', 'missing images'),
        ('train', 'unreadable images'),
    }
    assert (tmp_path / 'report/problems.csv').is_file()
    # the same wrong files are as wrong the second time
    code, out, _ = prepare('rafdb', rafdb)
    assert code == 1 and '3 checks failed' in out and 'the same files' in out


def test_counts_that_are_not_the_published_ones(prepare, rafdb):
    code, out, _ = prepare('rafdb', rafdb)
    assert code == 1 and '21 images (published 12271)' in out


def test_rafdb_from_its_archive(prepare, rafdb, small_counts, tmp_path):
    packed = tmp_path / 'packed'
    shutil.copytree(rafdb / 'EmoLabel', packed / 'EmoLabel')
    (packed / 'Image').mkdir()
    zip_folder(rafdb / 'Image/aligned', packed / 'Image/aligned.zip', 'aligned/')
    archive = zip_folder(packed, tmp_path / 'basic.zip', 'basic/')
    root = tmp_path / 'data' / 'rafdb'
    code, out, _ = prepare('rafdb', root, '--archive', archive)
    assert code == 0 and out.count(': unpacked') == 2
    assert contents(root / 'Image/aligned') == contents(rafdb / 'Image/aligned')
    code, out, _ = prepare('rafdb', root, '--archive', archive)
    assert code == 0 and out.count('left alone') == 2 and 'the same files' in out


def test_archives_that_lie_there(prepare, rafdb, ferplus, small_counts, tmp_path):
    whole = tmp_path / 'data/rafdb/archive.zip'
    whole.parent.mkdir(parents=True)
    write_rafdb(tmp_path / 'kaggle', train=21, test=7, size=32, layout='kaggle')
    zip_folder(tmp_path / 'kaggle', whole)
    code, out, errors = prepare('rafdb', whole.parent, '--splits', 'Training', 'Test')
    assert code == 0 and f'{whole}: unpacked' in out, errors
    assert 'layout of RAF-DB: kaggle' in out and 'as published' in out
    root = tmp_path / 'data/ferplus'
    root.mkdir()
    for folder in ('FER2013Train', 'FER2013Valid', 'FER2013Test'):
        zip_folder(ferplus / folder, root / f'{folder}.zip', f'{folder}/')
    code, out, errors = prepare('ferplus', root)
    assert out.count(': unpacked') == 3 and 'layout of FERPlus: official' in out, errors
    assert 'not at hand' not in out and 'no image to test on is in another split' in out


def test_layouts_without_a_validation_set(prepare, tmp_path):
    write_affectnet(tmp_path / 'affectnet', release='kaggle', train=16, size=32)
    code, out, errors = prepare('affectnet', tmp_path / 'affectnet')
    assert code == 0 and 'layout of AffectNet: kaggle' in out, errors
    assert 'nothing is published to compare them with' in out and 'not at hand' not in out
    write_expw(tmp_path / 'expw', train=40, size=32)
    code, out, errors = prepare('expw', tmp_path / 'expw')
    assert code == 0 and 'layout of ExpW: official' in out, errors
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    listed = [numbers['splits'][split]['listed'] for split in ('train', 'test')]
    assert sum(listed) == 60 and min(listed) > 0


@pytest.mark.parametrize('layout', ['folders', 'table'])
def test_fer2013(prepare, tmp_path, layout):
    root = tmp_path / 'fer2013'
    write_fer2013(root, layout=layout, train=14, valid=7, test=7)
    if layout == 'table':
        zip_folder(root, tmp_path / 'archive.zip')
        shutil.rmtree(root)
        root.mkdir()
        (tmp_path / 'archive.zip').rename(root / 'archive.zip')
    code, out, errors = prepare('fer2013', root)
    assert code == 1 and '14 images (published 28709)' in out, errors
    assert 'layout of FER2013: folders' in out
    assert (layout == 'folders') or "written: {'train': 14, 'valid': 7, 'test': 7}" in out
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert numbers['splits']['train']['per_class'] == [2] * 7


def test_a_bad_archive_writes_nothing(prepare, tmp_path):
    archive = tmp_path / 'basic.zip'
    with zipfile.ZipFile(archive, 'w') as file:
        file.writestr('EmoLabel/list_patition_label.txt', 'train_00001.jpg 1')
        file.writestr('../evil.txt', 'x')
    code, _, errors = prepare('rafdb', tmp_path / 'a/rafdb', '--archive', archive)
    assert code == 1 and "'../evil.txt'" in errors and 'nothing was unpacked' in errors
    assert not (tmp_path / 'a/rafdb').exists() and not (tmp_path / 'a/evil.txt').exists()
    assert not (tmp_path / 'report').exists()


def test_ferplus_from_zips_without_the_test_images(prepare, ferplus, tmp_path):
    archives = [
        zip_folder(ferplus / folder, tmp_path / f'{folder}.zip', f'{folder}/')
        for folder in ('FER2013Train', 'FER2013Valid')
    ]
    root = tmp_path / 'data'
    code, out, _ = prepare(
        'ferplus', root, '--zips', *archives, '--votes', ferplus / 'fer2013new.csv'
    )
    assert code == 1
    assert 'FER2013Test/label.csv' in out and 'not at hand' in out
    assert (root / 'fer2013new.csv').read_bytes() == (ferplus / 'fer2013new.csv').read_bytes()
    code, out, _ = prepare('ferplus', root, '--splits', 'train', 'valid')
    assert 'not at hand' not in out


def test_ferplus_from_the_pixel_table(prepare, ferplus, tmp_path):
    folders = dict(Training='FER2013Train', PublicTest='FER2013Valid', PrivateTest='FER2013Test')
    with open(ferplus / 'fer2013new.csv', newline='') as file:
        rows = list(csv.reader(file))[1:]
    with open(tmp_path / 'fer2013.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['emotion', 'pixels', 'Usage'])
        for usage, name, *_ in rows:
            image = cv2.imread(str(ferplus / folders[usage] / name), cv2.IMREAD_GRAYSCALE)
            writer.writerow([0, ' '.join(map(str, image.ravel())), usage])
    root = tmp_path / 'data'
    code, out, _ = prepare(
        'ferplus',
        root,
        '--fer2013',
        tmp_path / 'fer2013.csv',
        '--votes',
        ferplus / 'fer2013new.csv',
    )
    assert code == 1 and "{'written': 40}" in out  # wrong: 40 are not FERPlus's counts
    for folder in folders.values():
        for path in (ferplus / folder).glob('*.png'):
            assert np.array_equal(cv2.imread(str(path)), cv2.imread(str(root / folder / path.name)))
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert numbers['options'] == dict(vote_file='fer2013new.csv')


@pytest.mark.parametrize('release', ['original', 'new'])
def test_affectnet(prepare, tmp_path, release):
    root = tmp_path / 'affectnet'
    write_affectnet(root, release=release, train=16, valid=8, size=48)
    code, out, _ = prepare('affectnet', root, '--num-classes', 7)
    assert code == 1 and '14 images; published: 283901' in out
    assert 'no image to test on is in another split' in out
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert numbers['splits']['train']['per_class'] == [2] * 7
    assert numbers['splits']['train']['left_out']['contempt'] == 2
    # whole pictures of several sizes, of which the face is drawn; or pictures of the face
    assert (numbers['splits']['train']['different_sizes'] == 1) == (release == 'new')


def test_own_folder(prepare, tmp_path):
    for number, folder in enumerate(('train/sad', 'train/shy', 'test/sad', 'test/shy')):
        (tmp_path / 'mine' / folder).mkdir(parents=True)
        image = np.random.default_rng(number).integers(0, 256, (30, 20, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / 'mine' / folder / f'{number}.png'), image)
    code, out, _ = prepare('folder', tmp_path / 'mine', '--classes', 'sad', 'shy', out=False)
    assert code == 0 and 'nothing is published to compare them with' in out
    assert (tmp_path / 'work_dirs/data_reports/folder/faces_shy.png').is_file()
    code, _, errors = prepare('folder', tmp_path / 'mine', '--classes', 'sad', 'mad', out=False)
    assert code == 1 and "['shy']" in errors


def test_own_table_with_columns_of_other_names(prepare, tmp_path):
    folder = tmp_path / 'mine'
    folder.mkdir()
    rows = ['picture;expr;part;age']
    for number, (label, part) in enumerate([('sad', 'train'), ('shy', 'train'), ('sad', 'valid')]):
        image = np.random.default_rng(number).integers(0, 256, (30, 20, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{number}.png'), image)
        rows.append(f'{number}.png;{label};{part};3')
    (folder / 'labels.csv').write_text('\n'.join(rows))
    given = ('folder', folder, '--classes', 'sad', 'shy', '--ann-file', 'labels.csv')
    code, _, errors = prepare(*given)
    assert code == 1 and 'needs one column of the path' in errors
    for named in (
        ['--columns', 'path=picture', 'label=expr', 'split=part'],
        ['--column', 'path=picture', '--column', 'label=expr', '--column', 'split=part'],
    ):
        code, out, errors = prepare(*given, *named, '--force')
        assert code == 0, errors
        said = (
            "labels.csv, line 1: path by 'picture', label by 'expr', split by 'part'; columns that"
        )
        assert out.count(f"{said} are not used: ['age']") == 1
        numbers = json.loads((tmp_path / 'report/report.json').read_text())
        assert numbers['splits']['valid']['per_class'] == [1, 0]
    for wrong in ('picture', 'image=picture', 'path='):
        code, _, errors = prepare(*given, '--column', wrong)
        assert code == 2 and f"--column {wrong}: each is ROLE=COLUMN, of ('path', 'label'" in errors


def test_own_table_of_ids_in_a_folder_of_images(prepare, tmp_path):
    for number in range(3):
        path = tmp_path / f'mine/faces/{number}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(number).integers(0, 256, (30, 20, 3), dtype=np.uint8)
        cv2.imwrite(str(path), image)
    table = tmp_path / 'mine/labels.csv'
    table.write_text('Image name,Target\n' + ''.join(f'{i}.png,{1 + i % 2}\n' for i in range(3)))
    given = ('folder', tmp_path / 'mine', '--ann-file', 'labels.csv', '--data-prefix', 'faces')
    code, _, errors = prepare(*given, '--classes', 'sad', 'shy', 'mad')
    assert code == 1 and 'Give id_base' in errors
    code, _, errors = prepare(*given, '--classes', 'sad', 'shy', 'mad', '--id-base', 1)
    assert code == 0, errors
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert numbers['splits']['train']['per_class'] == [2, 1, 0]
    assert numbers['options']['data_prefix'] == 'faces' and numbers['options']['id_base'] == 1
    code, _, errors = prepare(*given)
    assert code == 2 and '--ann-file needs --classes' in errors


def test_class_folders_without_classes(prepare, tmp_path):
    for number, name in enumerate(('Train/sad', 'Train/glad eyed', 'val/Sad', 'val/mad')):
        path = tmp_path / 'mine' / name / f'{number}.png'
        path.parent.mkdir(parents=True)
        image = np.random.default_rng(number).integers(0, 256, (30, 20, 3), dtype=np.uint8)
        cv2.imwrite(str(path), image)
    code, out, errors = prepare('folder', tmp_path / 'mine')
    assert code == 0, errors
    assert "classes by the folders: --classes 'glad eyed' mad sad" in out
    numbers = json.loads((tmp_path / 'report/report.json').read_text())
    assert [numbers['splits'][s]['per_class'] for s in ('train', 'valid')] == [[1, 0, 1], [0, 1, 1]]
    code, _, errors = prepare('folder', tmp_path / 'mine/val')
    assert code == 1 and 'class folders in it itself are read by --splits all' in errors
    for given in (
        [tmp_path / 'mine/val', '--splits', 'all'],
        [tmp_path / 'mine', '--data-prefix', 'val'],
    ):
        code, out, errors = prepare('folder', *given)
        assert code == 0 and '--classes Sad mad' in out, errors


def test_arguments(prepare, tmp_path):
    code, _, errors = prepare('rafdb', tmp_path / 'nothing')
    assert code == 1 and 'no folder' in errors
    code, _, errors = prepare('rafdb', tmp_path)
    assert code == 1 and 'no layout of RAF-DB' in errors and 'RAFDB_ROOT' in errors
    code, _, errors = prepare('rafdb', tmp_path, '--splits', 'valid')
    assert code == 1 and "split 'valid' of RAFDB is unknown" in errors
    for given, message in (
        (['--fer2013', 'a.csv'], 'give --votes fer2013new.csv'),
        (['--workers', 0], '1 or more'),
    ):
        code, _, errors = prepare('ferplus', tmp_path, *given)
        assert code == 2 and message in errors


def is_one_line(errors, *parts):
    (line,) = errors.splitlines()
    assert line.startswith('prepare: ') and all(str(part) in line for part in parts)
    return True


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda text: text.encode('utf-16-le'), 'line 1: byte 0x00 is not UTF-8'),  # no mark
        (lambda text: f'{text}\xe9.jpg 1\n'.encode('latin-1'), 'line 29: byte 0xe9 is not UTF-8'),
    ],
)
def test_a_list_in_another_encoding(prepare, rafdb, change, message):
    path = rafdb / 'EmoLabel/list_patition_label.txt'
    path.write_bytes(change(path.read_text()))
    code, _, errors = prepare('rafdb', rafdb)
    assert code == 1 and is_one_line(errors, path, message)


@pytest.mark.parametrize(
    'content, message',
    [
        ('Usage,Image name'.encode('utf-16-le'), 'line 1: byte 0x00 is not UTF-8'),  # no mark
        (b'Usage,' + b'x' * 200_000, 'line 1: is no row of a CSV'),
    ],
)
@pytest.mark.parametrize('bad', ['fer2013.csv', 'votes.csv'])
def test_tables_that_are_no_csv(prepare, tmp_path, bad, content, message):
    (tmp_path / 'fer2013.csv').write_text('emotion,pixels,Usage\n')
    (tmp_path / 'votes.csv').write_text('Usage,Image name\n')
    (tmp_path / bad).write_bytes(content)
    code, _, errors = prepare(
        'ferplus',
        tmp_path / 'data',
        '--fer2013',
        tmp_path / 'fer2013.csv',
        '--votes',
        tmp_path / 'votes.csv',
    )
    assert code == 1 and is_one_line(errors, tmp_path / bad, message)


@pytest.mark.parametrize(
    'error',
    [
        csv.Error('line contains NUL'),
        PermissionError(13, 'Permission denied', 'labels.csv'),
        UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'invalid start byte'),
        ValueError('two\nlines'),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_error_of_reading_is_one_line(prepare, rafdb, monkeypatch, error):
    def read_split(*args, **kwargs):
        raise error

    monkeypatch.setattr('mmfer.data_report.read_split', read_split)
    code, _, errors = prepare('rafdb', rafdb)
    assert code == 1 and is_one_line(errors, str(error).replace('\n', ' '))


@pytest.mark.skipif(
    not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='permissions do not hold root back'
)
def test_a_list_that_may_not_be_read(prepare, rafdb):
    path = rafdb / 'EmoLabel/list_patition_label.txt'
    path.chmod(0)
    code, _, errors = prepare('rafdb', rafdb)
    assert code == 1 and is_one_line(errors, 'Permission denied', path)


def test_a_report_that_cannot_be_written(prepare, rafdb, tmp_path):
    (tmp_path / 'file').write_text('')
    code, _, errors = prepare('rafdb', rafdb, '--out', tmp_path / 'file' / 'report', out=False)
    assert code == 1 and is_one_line(errors, tmp_path / 'file')


def test_pictures_that_are_not_read_are_wrong(prepare, tmp_path):
    rng = np.random.default_rng(0)
    for name in ('sad/a.jpg', 'shy/b.jpg', 'sad/c.jpg', 'shy/d.jpg'):
        path = tmp_path / 'mine/train' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    given = ('folder', tmp_path / 'mine', '--classes', 'sad', 'shy')
    code, printed, _ = prepare(*given)
    assert code == 0 and 'nothing is wrong' in printed
    (tmp_path / 'mine/train/sad/c.jpg').rename(tmp_path / 'mine/train/sad/c.img')
    code, printed, _ = prepare(*given)
    assert code == 1 and 'picture of another ending' in printed and 'train/sad/c.img' in printed
    with open(tmp_path / 'report/problems.csv', newline='') as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [['train', 'train/sad/c.img', 'not read: picture of another ending']]
    for name in ('__MACOSX/a.jpg', 'train/sad/.ipynb_checkpoints/a.jpg'):
        (tmp_path / 'mine' / name).parent.mkdir()
        shutil.copy(tmp_path / 'mine/train/sad/a.jpg', tmp_path / 'mine' / name)
    (tmp_path / 'mine/train/sad/c.img').rename(tmp_path / 'mine/train/sad/c.jpe')
    code, printed, _ = prepare(*given)
    assert code == 0 and 'nothing is wrong' in printed
