"""Who may train in a work dir."""

import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmfer.engine.work_dir import enter_work_dir

FILES = (
    *('epoch_1.pth', 'best_accuracy_top1_epoch_1.pth', 'last_checkpoint', 'accuracy.json'),
    '20260101_120000/vis_data/scalars.json',
)


@pytest.fixture
def config(tmp_path):
    """Returns a function that makes a config on one work dir."""

    def make(**settings):
        return Config(dict(work_dir=str(tmp_path / 'run'), **settings))

    return make


def fill(folder: Path, *names: str) -> None:
    """Files of an earlier run."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith('.pth'):
            torch.save(dict(meta=dict(iter=8 if name == 'iter_8.pth' else 4)), folder / name)
        else:
            (folder / name).write_text('{}')


def test_a_new_one_is_made_and_locked(config, tmp_path):
    held, lines = enter_work_dir(config(), None)
    assert held.why_not is None and lines == []
    (tmp_path / 'told').touch()

    def another_process() -> str:
        child = os.fork()
        if child == 0:
            try:
                enter_work_dir(config(), None)
                (tmp_path / 'told').write_text('')
            except RuntimeError as error:
                (tmp_path / 'told').write_text(str(error))
            os._exit(0)
        os.waitpid(child, 0)
        return (tmp_path / 'told').read_text()

    told = another_process()
    assert told.startswith(f'{tmp_path}/run: process {os.getpid()} on ') and '--work-dir' in told
    del held
    assert another_process() == ''


@pytest.mark.parametrize(
    'left',
    [
        ('epoch_3.pth',),
        ('iter_300.pth',),
        ('best_accuracy_top1_epoch_2.pth',),
        ('last_checkpoint',),  # the checkpoints were deleted, or lie elsewhere
        FILES,
    ],
)
def test_a_used_one_is_refused(config, tmp_path, left):
    fill(tmp_path / 'run', *left)
    with pytest.raises(ValueError) as refused:
        enter_work_dir(config(), None)
    message = str(refused.value)
    assert '\n' not in message and str(tmp_path / 'run') in message
    assert all(fix in message for fix in ('--resume', '--work-dir', '--overwrite'))


@pytest.mark.parametrize(
    'left',
    [
        (),
        ('20260101_120000/20260101_120000.log', 'config.py'),  # it broke off before a checkpoint
        ('accuracy.json',),
        ('face.pth', 'test/results.pkl'),  # the user's own
        ('earlier_1/epoch_3.pth',),
    ],
)
def test_one_without_a_run_is_not(config, tmp_path, left):
    fill(tmp_path / 'run', *left)
    enter_work_dir(config(), None)


def test_names_and_places_of_the_users(config, tmp_path):
    """Another template; another folder of the checkpoints, one that cannot be listed."""
    hook = dict(filename_tmpl='face_{}.pth', out_dir=str(tmp_path / 'out'))
    fill(tmp_path / 'out/run', 'face_1.pth')
    enter_work_dir(config(), None)
    with pytest.raises(ValueError, match='face_1.pth'):
        enter_work_dir(config(default_hooks=dict(checkpoint=hook)), None)
    enter_work_dir(config(default_hooks=dict(checkpoint=dict(out_dir='s3://bucket'))), None)


def test_resume(config, tmp_path):
    assert 'training starts at epoch 1' in enter_work_dir(config(), 'auto')[1][0]
    fill(tmp_path / 'run', *FILES)
    for resume, settings in (
        ('auto', {}),
        (str(tmp_path / 'run/epoch_1.pth'), {}),
        (None, dict(resume=True)),
        (None, dict(resume=True, load_from=str(tmp_path / 'run/epoch_1.pth'))),
    ):
        cfg = config(**settings)
        enter_work_dir(cfg, resume)
        assert cfg.resume and cfg.load_from == str(tmp_path / 'run/epoch_1.pth')
    # initial weights are no resumed run; the checkpoint of another run is not of this folder
    with pytest.raises(ValueError, match='holds an earlier run'):
        enter_work_dir(config(load_from=str(tmp_path / 'run/epoch_1.pth')), None)
    fill(tmp_path / 'other', 'epoch_1.pth')
    with pytest.raises(ValueError, match='holds an earlier run'):
        enter_work_dir(config(), str(tmp_path / 'other/epoch_1.pth'))


def test_overwrite_moves_all_of_the_run_aside(config, tmp_path):
    run = tmp_path / 'run'
    for number in (1, 2):
        fill(run, *FILES, 'iter_8.pth', 'mine.txt', 'test/results.pkl')
        _, (line,) = enter_work_dir(config(), None, overwrite=True)
        assert line.endswith(f'was moved to {run}/earlier_{number}')
        moved = {
            str(p.relative_to(run / f'earlier_{number}'))
            for p in run.glob('earlier_*/**/*')
            if p.is_file() and p.is_relative_to(run / f'earlier_{number}')
        }
        assert moved == {*FILES, 'iter_8.pth'}
        left = {p.name for p in run.iterdir() if not p.name.startswith('earlier')}
        assert left == {'mine.txt', 'test', '.training.lock'}
    assert enter_work_dir(config(), None, overwrite=True)[1] == []
    # and what was moved can be gone on with
    cfg = config()
    cfg.work_dir = str(run / 'earlier_1')
    enter_work_dir(cfg, 'auto')
    assert cfg.load_from == str(run / 'earlier_1/iter_8.pth')


def test_overwrite_or_resume(config, tmp_path):
    fill(tmp_path / 'run', *FILES)
    for resume in ('auto', str(tmp_path / 'run/epoch_1.pth')):
        with pytest.raises(ValueError, match='take one'):
            enter_work_dir(config(), resume, overwrite=True)
    with pytest.raises(ValueError, match='take one'):
        enter_work_dir(config(resume=True), None, overwrite=True)
    assert (tmp_path / 'run/epoch_1.pth').exists()
    fill(tmp_path / 'other', 'epoch_1.pth')
    cfg = config()
    enter_work_dir(cfg, str(tmp_path / 'other/epoch_1.pth'), overwrite=True)
    assert cfg.resume and not (tmp_path / 'run/epoch_1.pth').exists()


def test_only_the_first_process_looks(config, tmp_path, monkeypatch):
    """The others may look when the first has moved half of it, or writes already."""
    fill(tmp_path / 'run', *FILES)
    monkeypatch.setenv('RANK', '1')
    held, lines = enter_work_dir(config(launcher='pytorch'), None)
    assert held is None and lines == []
    enter_work_dir(config(launcher='pytorch'), None, overwrite=True)
    assert (tmp_path / 'run/epoch_1.pth').exists()
    monkeypatch.setenv('RANK', '0')
    with pytest.raises(ValueError, match='holds an earlier run'):
        enter_work_dir(config(launcher='pytorch'), None)
