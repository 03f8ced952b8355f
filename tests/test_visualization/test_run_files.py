"""Reading what a run left."""

import json
import os

import pytest

from mmfer.engine.hooks.accuracy_summary_hook import FILE_NAME, summarise
from mmfer.visualization import last_config, read_curve, read_disambiguation, read_losses
from mmfer.visualization.run_files import ACCURACY_FILE

METRIC = 'accuracy/top1'


def write_accuracy(folder, by_epoch, window=5):
    entry = dict(by_epoch=by_epoch, **summarise(by_epoch, window))
    (folder / FILE_NAME).write_text(json.dumps({METRIC: entry}))


def write_scalars(folder, name, records):
    path = folder / name / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, records)) + '\n')


def test_reads_what_the_hook_writes(tmp_path):
    assert ACCURACY_FILE == FILE_NAME
    write_accuracy(tmp_path, {9: 50.0, 10: 70.0, 11: 60.0})
    curve = read_curve(tmp_path, METRIC)
    assert curve.by_epoch == {9: 50.0, 10: 70.0, 11: 60.0}
    assert (curve.last, curve.last5, curve.best, curve.best_epoch) == (60.0, 60.0, 70.0, 10)


def test_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match='AccuracySummaryHook writes it'):
        read_curve(tmp_path, METRIC)
    write_accuracy(tmp_path, {1: 50.0})
    with pytest.raises(ValueError, match="no metric 'f1'; it has.*accuracy/top1"):
        read_curve(tmp_path, 'f1')
    write_accuracy(tmp_path, {1: 50.0}, window=3)
    with pytest.raises(ValueError, match='expected last, last5'):
        read_curve(tmp_path, METRIC)


@pytest.mark.parametrize(
    'change',
    [
        dict(last=51.0),
        dict(last5=51.0),
        dict(best=99.0),
        dict(best=None),
        dict(best_epoch=7),
        dict(by_epoch={'1': 50.0, '2': '60'}),
        dict(by_epoch={'one': 50.0}),
        dict(by_epoch={}),
        dict(by_epoch=[50.0]),
    ],
)
def test_numbers_that_contradict_each_other(change, tmp_path):
    made = dict(by_epoch={1: 50.0, 2: 60.0}, **summarise({1: 50.0, 2: 60.0}))
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({METRIC: made}))
    assert read_curve(tmp_path, METRIC).best == 60
    path.write_text(json.dumps({METRIC: made | change}))
    with pytest.raises(ValueError, match=f'{path}: '):
        read_curve(tmp_path, METRIC)
    for other in (b'[1]', b'\xff', b'[' * 9999, b'9' * 9999, b'{"accuracy/top1": 5}'):
        path.write_bytes(other)
        with pytest.raises(ValueError, match=f'{path}'):
            read_curve(tmp_path, METRIC)


@pytest.mark.parametrize(
    'line', ['{"loss": 1', '[1]', '{"loss": 1}', '{"loss": "x", "step": 2}', '[' * 9999, '\0']
)
def test_a_line_of_the_log_that_is_none(line, tmp_path, told):
    write_scalars(tmp_path, 'a', [dict(loss=1.0, step=1), dict(loss=0.5, step=3)])
    path = tmp_path / 'a/vis_data/scalars.json'
    whole = path.read_text()
    path.write_text(whole + line)  # a killed run leaves half a line
    assert read_losses(tmp_path) == {'loss': [(1, 1.0), (3, 0.5)]}
    assert len(told) == 1 and f'WARNING {path}, line 3: is cut in its middle' in told[0]
    path.write_text(whole.replace('\n', f'\n{line}\n', 1))
    with pytest.raises(ValueError, match=f'{path}, line 2: .*no line of numbers'):
        read_losses(tmp_path)


def test_a_resumed_run_counts_each_step_once(tmp_path):
    write_scalars(
        tmp_path,
        '20300101_000000',
        [
            dict(loss=1.0, loss_ce=3.0, step=10),
            dict(loss=0.9, loss_ce=2.9, step=20),
            {METRIC: 50.0, 'step': 1},
        ],
    )
    write_scalars(
        tmp_path,
        '20300102_000000',
        [
            dict(loss=0.8, loss_ce=2.8, step=20),
            dict(loss=0.7, loss_ce=2.7, step=30),
        ],
    )
    assert read_losses(tmp_path) == {
        'loss': [(10, 1.0), (20, 0.8), (30, 0.7)],
        'loss_ce': [(10, 3.0), (20, 2.8), (30, 2.7)],
    }


def test_no_losses(tmp_path):
    assert read_losses(tmp_path) == {}


def test_no_json(tmp_path):
    (tmp_path / FILE_NAME).write_text('{"accuracy')
    with pytest.raises(ValueError, match=f'{FILE_NAME} is no JSON .*it was cut or edited'):
        read_curve(tmp_path, METRIC)


def entry(share):
    """One epoch of two classes, nobody followed."""
    shares = dict(share_clean=share, confidence_clean=0.5, share_decided=0.1)
    return dict(shares, by_class=dict.fromkeys(shares, [share, float('nan')]), chosen=[])


def test_disambiguation(tmp_path):
    path = tmp_path / 'disambiguation.json'
    content = dict(
        classes=['fear', 'joy'],
        images=40,
        ambiguous=10,
        ambiguous_by_class=[10, 0],
        covered=9,
        chosen=[],
        by_epoch={str(e): entry(s) for e, s in ((10, 0.8), (2, 0.6), (0, 0.5))},
    )
    path.write_text(json.dumps(content))
    run = read_disambiguation(tmp_path)
    epochs, values = run.series('share_clean')
    assert epochs == [0, 2, 10] and values.tolist() == [50, 60, 80]
    assert run.classes == ('fear', 'joy') and run.covered == 9
    path.write_text(json.dumps(dict(content, more=1)))
    with pytest.raises(ValueError, match='expected'):
        read_disambiguation(tmp_path)
    with pytest.raises(FileNotFoundError, match='DisambiguationHook in custom_hooks'):
        read_disambiguation(tmp_path / 'none')
    path.write_text('{"classes": [')
    with pytest.raises(ValueError, match=f'{path} is no JSON'):
        read_disambiguation(tmp_path)
    wrong = dict(
        classes=['fear', 1],
        images='40',
        ambiguous=99,
        ambiguous_by_class=[9, 0],
        covered=11,
        chosen=[dict(name='a.jpg', sample_idx=0, given=2, clean=0, candidates=[0])],
        by_epoch={'0': dict(entry(0.5), share_decided=1.5)},
    )
    for key, value in wrong.items():
        path.write_text(json.dumps(dict(content, **{key: value})))
        with pytest.raises(ValueError, match=f'{path}: .*the file was edited or damaged'):
            read_disambiguation(tmp_path)
    for by_epoch in ([], {}, {'one': entry(0.5)}, {'1': 0.5}):
        path.write_text(json.dumps(dict(content, by_epoch=by_epoch)))
        with pytest.raises(ValueError, match=f'{path}: by_epoch does not hold a dict'):
            read_disambiguation(tmp_path)


def test_the_config_of_the_last_start(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no \*/vis_data/config.py.*; look elsewhere'):
        last_config(tmp_path, 'look elsewhere')
    for age, start in ((0, 'b'), (100, 'a')):
        path = tmp_path / start / 'vis_data/config.py'
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (1e9 - age, 1e9 - age))
    assert last_config(tmp_path, '') == tmp_path / 'b/vis_data/config.py'
