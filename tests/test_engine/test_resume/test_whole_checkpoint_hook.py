"""Checkpoints in their order: the new one first, the old one away."""

import errno
import os
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.fileio import get_file_backend
from mmengine.hooks import Hook

from mmfer.engine import ResumeHook

VALUES = [5.0, 7.0, 6.0, 8.0]


@pytest.fixture
def watched(monkeypatch):
    """All checkpoints that lie there, at each moment one of them changes."""
    moments = []

    def watch(module, name):
        original = getattr(module, name)

        def watching(source, *args):
            result = original(source, *args)
            folder = Path(args[0] if args else source).parent
            moments.append(sorted(p.name for p in folder.glob('*.pth')))
            return result

        monkeypatch.setattr(module, name, watching)

    watch(os, 'replace')
    watch(os, 'remove')
    return moments


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


def test_old_ones_go_after_the_new_one_is_there(toy, tmp_path, watched):
    toy(
        tmp_path,
        4,
        values=VALUES,
        checkpoint=dict(max_keep_ckpts=1, save_best='rank/value', rule='greater'),
    ).train()
    one, two, three, four = (f'epoch_{n}.pth' for n in (1, 2, 3, 4))
    best1, best2, best4 = (f'best_rank_value_epoch_{n}.pth' for n in (1, 2, 4))
    steps = [moment for i, moment in enumerate(watched) if moment not in watched[i - 1 : i]]
    assert steps == [
        sorted(step)
        for step in [
            [one],
            [best1, one],
            [best1, one, two],
            [best1, two],
            [best1, best2, two],
            [best2, two],
            [best2, two, three],
            [best2, three],  # 6 is no new best
            [best2, four, three],
            [best2, four],
            [best2, best4, four],
            [best4, four],
        ]
    ]
    assert Path((tmp_path / 'last_checkpoint').read_text()) == tmp_path / four


def test_same_files_as_the_host(toy, tmp_path):
    settings = dict(
        max_keep_ckpts=2,
        interval=2,
        save_best=['rank/value', 'rank/other'],
        rule='greater',
        published_keys=['meta', 'state_dict'],
    )
    found = {}
    for name in ('WholeCheckpointHook', 'CheckpointHook'):
        runner = toy(
            tmp_path / name,
            5,
            values=[*VALUES, 1.0],
            checkpoint=dict(settings, type=name, out_dir=str(tmp_path / f'out_{name}')),
        )
        # a second metric, with its best elsewhere
        metric = runner._val_evaluator.metrics[0]
        compute = metric.compute_metrics
        metric.compute_metrics = lambda results, compute=compute: dict(
            compute(results), other=-compute(results)['value']
        )
        runner.train()
        folder = tmp_path / f'out_{name}' / name
        # the published ones have a hash in their names
        found[name] = [path.split('-')[0] for path in checkpoints(folder)]
        published = list(folder.glob('*-*.pth'))
        assert len(published) == 3
        for path in published:
            assert set(torch.load(path, weights_only=True)) == {'meta', 'state_dict'}
        pointer = Path((tmp_path / name / 'last_checkpoint').read_text())
        assert pointer.parent == folder and pointer.exists()
    assert found['WholeCheckpointHook'] == found['CheckpointHook']


def test_saves_by_iterations(toy, tmp_path):
    toy(tmp_path, 2, checkpoint=dict(by_epoch=False, interval=3, max_keep_ckpts=2)).train()
    assert checkpoints(tmp_path) == ['iter_6.pth', 'iter_8.pth']


class FullDisk(Hook):
    """From an epoch on nothing more can be written."""

    priority = 'HIGHEST'

    def __init__(self, monkeypatch, epoch):
        self.monkeypatch, self.epoch = monkeypatch, epoch

    def after_train_epoch(self, runner):
        if runner.epoch + 1 == self.epoch:

            def fsync(descriptor):
                os.truncate(descriptor, 100)
                raise OSError(errno.ENOSPC, 'No space left on device')

            self.monkeypatch.setattr(os, 'fsync', fsync)


def test_a_full_disk_leaves_what_there_was(toy, tmp_path, monkeypatch):
    settings = dict(checkpoint=dict(max_keep_ckpts=1, save_best='rank/value', rule='greater'))
    with pytest.raises(OSError, match='No space left'):
        toy(tmp_path, 4, values=VALUES, hooks=[FullDisk(monkeypatch, 2)], **settings).train()
    assert checkpoints(tmp_path) == ['best_rank_value_epoch_1.pth', 'epoch_1.pth']
    assert torch.load(tmp_path / 'epoch_1.pth', weights_only=True)['meta']['epoch'] == 1
    assert Path((tmp_path / 'last_checkpoint').read_text()).name == 'epoch_1.pth'
    assert not list(tmp_path.glob('*.mmfer-tmp'))


def test_leftovers_go_at_the_next_start(toy, tmp_path):
    out = tmp_path / 'out' / 'run'
    out.mkdir(parents=True)
    (tmp_path / 'run').mkdir()
    for path in (out / 'epoch_1.pth.1.mmfer-tmp', tmp_path / 'run/last_checkpoint.1.mmfer-tmp'):
        path.write_bytes(b'half')
        os.utime(path, (0, 0))  # yesterday's, whoever process 1 is today
    runner = toy(tmp_path / 'run', 1, checkpoint=dict(out_dir=str(tmp_path / 'out')))
    runner.train()
    assert not list(tmp_path.rglob('*.mmfer-tmp'))


def test_a_copied_run_leaves_the_first_one_alone(toy, tmp_path):
    """The checkpoint names the first run's best file."""
    settings = dict(
        values=[1.0, 2.0, 3.0, 4.0],
        hooks=[ResumeHook()],
        checkpoint=dict(max_keep_ckpts=1, save_best='rank/value', rule='greater'),
    )
    toy(tmp_path / 'first', 2, **settings).train()
    before = checkpoints(tmp_path / 'first')
    shutil.copytree(tmp_path / 'first', tmp_path / 'copy')
    toy(tmp_path / 'copy', 4, resume=tmp_path / 'copy/epoch_2.pth', **settings).train()
    assert checkpoints(tmp_path / 'first') == before
    assert checkpoints(tmp_path / 'copy') == ['best_rank_value_epoch_4.pth', 'epoch_4.pth']


def test_a_storage_of_ones_own_is_kept(toy, tmp_path):
    runner = toy(tmp_path, 1, checkpoint=dict(backend_args=dict(backend='local', x=1)))
    hook = next(h for h in runner.hooks if type(h).__name__ == 'WholeCheckpointHook')
    with pytest.raises(TypeError, match='x'):  # handed on as given
        runner.train()
    assert hook.backend_args == dict(backend='local', x=1)


def test_backend(tmp_path, monkeypatch):
    backend = get_file_backend(backend_args=dict(backend='whole_local'))
    backend.put(b'1', tmp_path / 'new' / 'bytes')
    backend.put_text('é', str(tmp_path / 'new' / 'text'))
    assert (tmp_path / 'new/bytes').read_bytes() == b'1'
    assert (tmp_path / 'new/text').read_bytes() == 'é'.encode()
