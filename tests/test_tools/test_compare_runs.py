"""The table of runs, read from work dirs written by hand."""

import importlib.util
import json
import sys
from pathlib import Path

import cv2
import pytest

from mmfer.engine.hooks.accuracy_summary_hook import summarise

TOOL = Path(__file__).parents[2] / 'tools' / 'analysis_tools' / 'compare_runs.py'


@pytest.fixture
def work_dir(tmp_path):
    """Returns a function that writes the work dir of a run."""

    def write(
        name,
        top1,
        noise="dict(kind='symmetric', rate=.3, seed=0)",
        images=1500,
        log=True,
        indices=None,
    ):
        start = tmp_path / name / '20300101_000000'
        (start / 'vis_data').mkdir(parents=True)
        (start / 'vis_data' / 'config.py').write_text(
            "custom_imports = dict(imports=['there_is_no_such_module'])\n"
            'train_cfg = dict(by_epoch=True, max_epochs=4)\n'
            "train_dataloader = dict(dataset=dict(type='RAFDB', split='train', "
            f'noise={noise}, indices={indices}))\n'
        )
        (start / 'vis_data' / 'scalars.json').write_text(json.dumps(dict(loss=1.5, step=10)) + '\n')
        if log:
            (start / '20300101_000000.log').write_text(
                f'... INFO - RAFDB train: {images} images {{...}}\n'
                '... INFO - RAFDB test: 99 images {...}\n'
            )
        (tmp_path / name / 'accuracy.json').write_text(
            json.dumps(
                {
                    metric: dict(by_epoch=values, **summarise(values))
                    for metric, values in (
                        ('accuracy/top1', dict(enumerate(top1, 1))),
                        ('accuracy/mean_class', {e: v / 2 for e, v in enumerate(top1, 1)}),
                    )
                }
            )
        )
        return tmp_path / name

    return write


@pytest.fixture
def compare(monkeypatch, capsys):
    """Returns a function: command line -> what was printed."""
    spec = importlib.util.spec_from_file_location('compare_runs', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['compare_runs.py', *map(str, arguments)])
        module.main()
        return capsys.readouterr().out

    return run


def cells(markdown):
    """Lines of a markdown table as lists of cells."""
    return [
        [cell.strip() for cell in line.strip('| \n').split('|')]
        for line in markdown.strip().splitlines()
    ]


def test_markdown_has_what_the_files_say(work_dir, compare):
    table = cells(
        compare(
            work_dir('ce', [50.0, 70.0, 60.0]),
            work_dir('clex', [50.0, 80.0], noise='None', images=12271),
            '--markdown',
        )
    )
    assert table[0] == [
        'run',
        'images',
        'noise',
        'epochs',
        'top1 last',
        'top1 last5',
        'top1 best',
        'mean class last',
        'mean class last5',
        'mean class best',
    ]
    assert set(table[1]) == {'---', '---:'}
    assert table[2] == [
        'ce',
        '1500',
        'symmetric 30%',
        '3/4',
        '60.00',
        '60.00',
        '70.00',
        '30.00',
        '30.00',
        '35.00',
    ]
    assert table[3] == [
        'clex',
        '12271',
        'none',
        '2/4',
        '80.00',
        '65.00',
        '80.00',
        '40.00',
        '32.50',
        '40.00',
    ]


def test_seeds_of_one_name_are_one_row(work_dir, compare):
    runs = [
        work_dir('seed0/ce', [50.0, 60.0]),
        work_dir('seed0/clex', [70.0, 81.0]),
        work_dir('seed1/ce', [50.0, 63.0]),
    ]
    table = cells(compare(*runs, '--markdown'))
    assert [row[:2] for row in table[2:]] == [['ce', '2'], ['clex', '1']]
    # mean and deviation of a sample of 60 and 63
    assert table[2][5] == '61.50 ± 2.12'
    assert table[3][5] == '81.00'


def test_equal_names_elsewhere_stay_apart(work_dir, compare):
    table = cells(compare(work_dir('a/ce', [50.0]), work_dir('b/ce', [60.0]), '--markdown'))
    assert [row[0] for row in table[2:]] == ['ce', 'b/ce']


def test_seeds_on_other_data_are_refused(work_dir, compare):
    runs = [work_dir('seed0/ce', [50.0]), work_dir('seed1/ce', [50.0], noise='None')]
    with pytest.raises(SystemExit, match=r'seeds of ce differ in \(images, noise\)'):
        compare(*runs)


def test_images_without_a_log(work_dir, compare):
    table = cells(
        compare(
            work_dir('few', [50.0], log=False, indices=300),
            work_dir('list', [50.0], log=False, indices=[4, 8]),
            work_dir('lost', [50.0], log=False),
            '--markdown',
        )
    )
    assert [row[1] for row in table[2:]] == ['300', '2', '?']


def test_a_folder_without_accuracies(work_dir, compare, tmp_path):
    with pytest.raises(SystemExit, match='compare_runs: .*nothing.*AccuracySummaryHook writes it'):
        compare(work_dir('ce', [50.0]), tmp_path / 'nothing')


def test_table_and_pictures(work_dir, compare, tmp_path):
    text = compare(
        work_dir('ce', [50.0, 70.0, 60.0]),
        work_dir('clex', [50.0, 80.0]),
        '--out-dir',
        tmp_path / 'pictures',
    )
    (row,) = [line.split() for line in text.splitlines() if line.split()[:1] == ['clex']]
    assert row[1:] == [
        '1500',
        'symmetric',
        '30%',
        '2/4',
        '80.00',
        '65.00',
        '80.00',
        '40.00',
        '32.50',
        '40.00',
    ]
    for name in ('accuracy', 'losses'):
        picture = cv2.imread(str(tmp_path / 'pictures' / f'{name}.png'))
        assert min(picture.shape[:2]) > 250 and picture.std() > 5
