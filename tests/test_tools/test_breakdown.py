"""Accuracies by condition, from result files and tables written by hand."""

import csv
import importlib.util
import runpy
import sys
from pathlib import Path

import cv2
import mmengine
import pytest
import torch

TOOL = Path(__file__).parents[2] / 'tools' / 'analysis_tools' / 'breakdown.py'
# Image, class, prediction of two runs, turned how far, hidden how much.
FACES = [
    ('a/1.jpg', 0, 0, 0, 'frontal', -20, ''),
    ('a/2.jpg', 1, 0, 1, 'turned', -5, 'small'),
    ('b/1.jpg', 1, 1, 1, 'frontal', 0, 'none'),
    ('b/2.jpg', 2, 2, 0, 'frontal', 4, 'none'),
    ('b/3.jpg', 2, 0, 2, 'profile-ish', 20, 'large'),
]


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(
        "test_dataloader = dict(dataset=dict(type='CustomDataset', data_root='faces', "
        "classes=['calm', 'glad', 'sad']))\n"
    )
    return path


@pytest.fixture
def meta(tmp_path):
    """Returns a function that writes the table of images."""

    def write(files=tuple(face[0] for face in FACES)):
        with open(tmp_path / 'meta.csv', 'w', newline='') as file:
            csv.writer(file).writerows(
                [
                    ['file', 'pose_level', 'yaw', 'hidden'],
                    *([name, *face[4:]] for name, face in zip(files, FACES)),
                    ['a/other.jpg', 'frontal', 99, 'none'],
                ]
            )
        return tmp_path / 'meta.csv'

    return write


@pytest.fixture
def results(tmp_path):
    """Returns a function that writes what tools/test.py --out does."""

    def write(name, column, faces=FACES, root='/data/faces/'):
        path = tmp_path / name
        mmengine.mkdir_or_exist(path.parent)
        mmengine.dump(
            [
                dict(
                    sample_idx=i,
                    img_path=root + face[0],
                    num_classes=3,
                    gt_label=torch.tensor([face[1]]),
                    pred_label=torch.tensor([face[column]]),
                    pred_score=torch.ones(3) / 3,
                )
                for i, face in enumerate(faces)
            ],
            path,
        )
        return path

    return write


@pytest.fixture
def breakdown(config, tmp_path, monkeypatch, capsys):
    """Returns a function: command line -> what was printed, and the table written."""
    spec = importlib.util.spec_from_file_location('breakdown', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*arguments):
        monkeypatch.setattr(
            sys,
            'argv',
            ['breakdown.py', *map(str, (config, *arguments, '--out-dir', tmp_path / 'out'))],
        )
        module.main()
        with open(tmp_path / 'out' / 'breakdown.csv', newline='') as file:
            return capsys.readouterr().out, list(csv.DictReader(file))

    return run


def test_levels_of_two_runs(results, meta, breakdown, tmp_path):
    # the second run has its images in another order and place
    text, rows = breakdown(
        results('ce.pkl', 2),
        results('clex.pkl', 3, FACES[::-1], 'D:\\faces\\'),
        '--meta',
        meta(),
        '--by',
        'pose_level',
        'yaw',
        'hidden',
        '--bins',
        'yaw',
        '-5',
        '4',
    )
    assert [tuple(row.values())[:3] for row in rows] == [
        ('(all images)', '', '5'),
        ('pose_level', 'frontal', '3'),
        ('pose_level', 'turned', '1'),
        ('pose_level', 'profile-ish', '1'),
        ('yaw', '<= -5', '2'),
        ('yaw', '-5 .. 4', '2'),
        ('yaw', '> 4', '1'),
        ('hidden', 'large', '1'),
        ('hidden', 'none', '2'),
        ('hidden', 'small', '1'),
        ('hidden', '(empty)', '1'),
    ]
    assert [row['ce accuracy'] for row in rows] == [
        '60.00',
        '100.00',
        '0.00',
        '0.00',
        '50.00',
        '100.00',
        '0.00',
        '0.00',
        '100.00',
        '0.00',
        '100.00',
    ]
    assert [row['clex accuracy'] for row in rows[:4]] == ['80.00', '66.67', '100.00', '100.00']
    # all: 1 of 1, 1 of 2 and 1 of 2; with Wilson's bounds of 3 of 5
    assert rows[0]['ce mean_class'] == '66.67'
    assert (rows[0]['ce low'], rows[0]['ce high']) == ('23.07', '88.24')
    lines = [' '.join(line.split()) for line in text.splitlines()]
    assert 'column level images ce clex' in lines
    assert 'pose_level frontal 3 100.00 / 100.00 66.67 / 66.67' in lines
    picture = cv2.imread(str(tmp_path / 'out' / 'breakdown.png'))
    assert min(picture.shape[:2]) > 300 and picture.std() > 10


@pytest.mark.parametrize('prefix', ['', 'elsewhere/faces/', './'])
def test_any_table_with_files(results, meta, breakdown, prefix):
    files = [prefix + face[0] for face in FACES]
    _, rows = breakdown(results('ce.pkl', 2, root='faces/'), '--meta', meta(files), '--by', 'yaw')
    assert [row['level'] for row in rows] == ['', '-20', '-5', '0', '4', '20']
    assert [row['ce accuracy'] for row in rows[1:]] == [
        '100.00',
        '0.00',
        '100.00',
        '100.00',
        '0.00',
    ]


def test_equal_file_names_stay_apart(results, meta, breakdown):
    _, rows = breakdown(
        results('one/r.pkl', 2), results('two/r.pkl', 3), '--meta', meta(), '--by', 'yaw'
    )
    one, two = [key[: -len(' accuracy')] for key in rows[0] if key.endswith(' accuracy')]
    assert one.endswith('one/r') and two.endswith('two/r')


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(by=['smile']), r"no column 'smile'; it has file, pose_level, yaw, hidden"),
        (dict(files=['1.jpg', 'a/2.jpg', 'a/1.jpg']), r'fits 2 rows of .*: 1\.jpg, a/1\.jpg'),
        (
            dict(files=['a/1.jpg', 'a/2.jpg', 'c/1.jpg', 'b/2.jpg', 'b/3.jpg']),
            r'1 of 5 images have no row in .*the first are /data/faces/b/1\.jpg',
        ),
        (dict(bins=['pose_level', '3']), "pose_level: only numbers can be cut .*'frontal'"),
        (dict(bins=['yaw', '3']), 'yaw: no column of --by pose_level'),
        (dict(bins=['pose_level', 'x']), 'after the column come numbers'),
    ],
)
def test_what_does_not_fit(results, meta, breakdown, change, message):
    table = meta(change['files']) if 'files' in change else meta()
    bins = ['--bins', *change['bins']] if 'bins' in change else []
    with pytest.raises(SystemExit, match=f'breakdown: .*{message}'):
        breakdown(
            results('ce.pkl', 2), '--meta', table, '--by', *change.get('by', ['pose_level']), *bins
        )


def test_runs_on_other_images(results, meta, breakdown):
    with pytest.raises(SystemExit, match=r'ce \(5 images\) and few \(4 images\) were not tested'):
        breakdown(
            results('ce.pkl', 2), results('few.pkl', 3, FACES[:4]), '--meta', meta(), '--by', 'yaw'
        )


def test_no_predictions(meta, breakdown, tmp_path):
    mmengine.dump({'accuracy/top1': 50.0}, tmp_path / 'metrics.pkl')
    with pytest.raises(SystemExit, match='metrics.pkl holds no predictions of images'):
        breakdown(tmp_path / 'metrics.pkl', '--meta', meta(), '--by', 'yaw')
    with pytest.raises(SystemExit, match='nothing.pkl'):
        breakdown(tmp_path / 'nothing.pkl', '--meta', meta(), '--by', 'yaw')


@pytest.mark.parametrize(
    'table, message',
    [
        (b'file,yaw\na/1.jpg,1,2\n', 'meta.csv, line 2: 3 columns; expected 2'),
        (b'file,yaw\na/1.jpg\n', 'meta.csv, line 2: 1 columns; expected 2'),
        (b'file,yaw\na/1.jpg,\xff\n', 'meta.csv, line 2: byte 0xff is not UTF-8'),
        (b'file,yaw,yaw\na/1.jpg,1,2\n', "meta.csv has more than one column 'yaw'"),
        (b'', "meta.csv has no column 'file'"),
    ],
)
def test_damaged_tables_are_named(tmp_path, table, message):
    (tmp_path / 'meta.csv').write_bytes(table)
    read = runpy.run_path(str(TOOL))['read_meta']
    with pytest.raises(ValueError, match=message):
        read(tmp_path / 'meta.csv', ['yaw'])
    with pytest.raises(FileNotFoundError, match="no table at .*none.csv'"):
        read(tmp_path / 'none.csv', ['yaw'])
