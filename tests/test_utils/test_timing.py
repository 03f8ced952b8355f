"""Functions in turns."""

import time

import torch

from mmfer.utils import timing


def test_turns(monkeypatch):
    calls, now = [], [0.0]

    def step(name, seconds):
        def run():
            calls.append(name)
            now[0] += seconds

        return run

    monkeypatch.setattr(time, 'perf_counter', lambda: now[0])
    functions = dict(a=step('a', 1.0), b=step('b', 0.5))
    found = timing.times_in_turns(functions, rounds=2, warmup=1, device='cpu', title='')
    assert ''.join(calls) == 'abbaab'  # the warm-up, then two rounds
    assert found == dict(a=[1.0, 1.0], b=[0.5, 0.5])


def test_quartiles():
    assert timing.quartiles([5.0]) == (5.0, 5.0, 5.0)
    assert timing.quartiles(range(8, 0, -1)) == (4.5, 3, 6)


def test_a_cpu():
    assert timing.describe_device('cpu') == f'CPU, {torch.get_num_threads()} threads'
