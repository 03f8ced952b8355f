"""Trackers that the command line adds."""

import json

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmfer.engine.trackers import add_trackers


def backends(cfg) -> list[str]:
    return [backend['type'] for backend in cfg.visualizer.vis_backends]


def test_added_once_beside_what_is_there():
    cfg = Config(dict(visualizer=dict(vis_backends=[dict(type='LocalVisBackend')])))
    add_trackers(cfg, [])
    assert backends(cfg) == ['LocalVisBackend']
    add_trackers(cfg, ['tensorboard', 'tensorboard'])
    assert backends(cfg) == ['LocalVisBackend', 'TensorboardVisBackend']


def test_a_config_without_a_visualizer():
    for cfg in (Config(dict()), Config(dict(visualizer=None))):
        add_trackers(cfg, [])
        assert not cfg.get('visualizer')
        add_trackers(cfg, ['tensorboard'])
        assert backends(cfg) == ['TensorboardVisBackend']


def test_a_missing_package_is_told_before_the_run(monkeypatch):
    monkeypatch.setattr('mmfer.engine.trackers.find_spec', lambda name: None)
    with pytest.raises(ModuleNotFoundError, match='--tracker mlflow .*pip install mlflow'):
        add_trackers(Config(dict(visualizer=dict())), ['mlflow'])


def test_tensorboard_has_the_numbers_of_the_log(tiny_config, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    cfg = tiny_config(tmp_path / 'run')
    add_trackers(cfg, ['tensorboard'])
    runner = Runner.from_cfg(cfg)
    runner.train()
    runner.visualizer.close()
    (events,) = tmp_path.glob('run/*/vis_data/events.out*')
    board = EventAccumulator(str(events)).Reload()
    (log,) = tmp_path.glob('run/*/vis_data/scalars.json')
    logged = [json.loads(line) for line in log.read_text().splitlines()]
    for name in ('accuracy/top1', 'accuracy/mean_class_last5'):
        in_log = [line[name] for line in logged if name in line]
        in_board = [event.value for event in board.Scalars(name)]
        assert len(in_board) == 2 and in_board == pytest.approx(in_log)
