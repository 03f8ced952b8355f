"""Reading what a run left."""

import json
import os

import pytest

from mmfer.engine.hooks.accuracy_summary_hook import FILE_NAME, summarise
from mmfer.visualization import last_config, read_curve, read_disambiguation, read_losses
from mmfer.visualization.run_files import ACCURACY_FILE, DISAMBIGUATION_FILE

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
    with pytest.raises(KeyError, match="no metric 'f1'; it has.*accuracy/top1"):
        read_curve(tmp_path, 'f1')
    write_accuracy(tmp_path, {1: 50.0}, window=3)
    with pytest.raises(KeyError, match='expected last, last5'):
        read_curve(tmp_path, METRIC)


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


@pytest.mark.parametrize('reader', ['curve', 'disambiguation'])
def test_any_damage_is_named_by_the_file(tmp_path, reader):
    """Cut anywhere, or with other values: what is read, or our own error, never another."""
    entry = dict(by_epoch={'1': 50.0, '2': 60.0}, last=60.0, last5=55.0, best=60.0, best_epoch=2)
    whole, name = json.dumps({METRIC: entry}), FILE_NAME
    if reader == 'disambiguation':
        name = DISAMBIGUATION_FILE
        content = dict.fromkeys(('images', 'ambiguous', 'covered'), 3) | dict(chosen=[])
        content |= dict(classes=['joy'], ambiguous_by_class=[3], by_epoch={'1': {'share': 1}})
        whole = json.dumps(content)
    values = ['null', '3', '[]', '"x"', '[[1]]', '{}', f'{{"{METRIC}": 3}}', '[' * 9999]
    values += [f'{{"{METRIC}": {{"by_epoch": {v}}}}}' for v in ('3', '{"a": 1}', '{"1": []}')]
    values += [whole.replace('{"1": ', '{"one": '), whole.replace('{"1": ', '{"1": [], "3": ')]
    damaged = [whole[:i] for i in range(len(whole))] + values
    for content in [*map(str.encode, damaged), whole.encode().replace(b'"1"', b'"\xff"')]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises((ValueError, KeyError)) as raised:
            read_curve(tmp_path, METRIC) if reader == 'curve' else read_disambiguation(tmp_path)
        assert raised.type in (ValueError, KeyError) and name in str(raised.value)


def test_a_log_that_was_cut_as_the_run_was_killed(tmp_path):
    write_scalars(tmp_path, 'a', [dict(loss=1.0, step=1), dict(loss=float('nan'), step=2)])
    path = tmp_path / 'a/vis_data/scalars.json'
    whole = path.read_bytes()
    first = whole.index(b'\n') + 1
    for length in range(first, len(whole) - 1):  # the last lacks its line feed alone
        path.write_bytes(whole[:length])
        assert read_losses(tmp_path) == {'loss': [(1, 1.0)]}
    path.write_bytes(whole[:-1])
    assert [step for step, _ in read_losses(tmp_path)['loss']] == [1, 2]
    for line in (b'{"loss": 1', b'\xff', b'3', b'{"loss": 1.0}', b'{"loss": "x", "step": 3}'):
        path.write_bytes(line + b'\n' + whole)
        with pytest.raises(ValueError, match='scalars.json, line 1: .* is no line of a log') as one:
            read_losses(tmp_path)
        assert one.type is ValueError


def test_disambiguation(tmp_path):
    path = tmp_path / 'disambiguation.json'
    content = dict(
        classes=['fear', 'joy'],
        images=40,
        ambiguous=10,
        ambiguous_by_class=[10, 0],
        covered=9,
        chosen=[],
        by_epoch={str(e): dict(share_clean=s) for e, s in ((10, 0.8), (2, 0.6), (0, 0.5))},
    )
    path.write_text(json.dumps(content))
    run = read_disambiguation(tmp_path)
    epochs, values = run.series('share_clean')
    assert epochs == [0, 2, 10] and values.tolist() == [50, 60, 80]
    assert run.classes == ('fear', 'joy') and run.covered == 9
    path.write_text(json.dumps(dict(content, more=1)))
    with pytest.raises(KeyError, match='expected'):
        read_disambiguation(tmp_path)
    with pytest.raises(FileNotFoundError, match='DisambiguationHook in custom_hooks'):
        read_disambiguation(tmp_path / 'none')
    path.write_text('{"classes": [')
    with pytest.raises(ValueError, match=f'{path} is no JSON'):
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
