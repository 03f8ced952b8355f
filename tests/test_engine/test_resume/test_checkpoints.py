"""Which checkpoint a run goes on from."""

import os
import random
import re
import zipfile

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmfer.engine import WholeCheckpointHook
from mmfer.engine.resume.checkpoints import checkpoint_folder, find_checkpoint, set_resume, why_torn


def save(path, iterations=0):
    torch.save(dict(meta=dict(iter=iterations), state_dict=dict(w=torch.ones(1000))), path)


def flip_bit(path):
    """In the middle of the numbers; index and length stay as they are."""
    data = bytearray(path.read_bytes())
    data[data.index(torch.ones(1000).numpy().tobytes()) + 2000] ^= 4
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:2000])


class TestFindCheckpoint:
    def test_newest_by_number_not_by_name(self, tmp_path):
        for name in ('epoch_2', 'epoch_10', 'best_accuracy_top1_epoch_12'):
            save(tmp_path / f'{name}.pth')
        (tmp_path / 'epoch_11.pth.99.mmfer-tmp').write_text('a write going on')
        assert find_checkpoint(tmp_path) == (tmp_path / 'epoch_10.pth', {})

    @pytest.mark.parametrize('content', ['/gone/epoch_11.pth', '', None])
    def test_pointer_is_not_asked(self, tmp_path, content):
        save(tmp_path / 'epoch_1.pth')
        if content is not None:
            (tmp_path / 'last_checkpoint').write_text(content)
        assert find_checkpoint(tmp_path).path == tmp_path / 'epoch_1.pth'

    @pytest.mark.parametrize(
        'damage, why',
        [
            (cut, 'cut off after 2000 bytes'),
            (flip_bit, 'wrong checksum of epoch_3/data/0'),
            (lambda path: path.write_bytes(b''), 'cut off after 0 bytes'),
        ],
    )
    def test_torn_ones_are_passed_over(self, tmp_path, damage, why):
        for epoch in (1, 2, 3):
            save(tmp_path / f'epoch_{epoch}.pth')
        damage(tmp_path / 'epoch_3.pth')
        path, passed = find_checkpoint(tmp_path)
        assert path == tmp_path / 'epoch_2.pth'
        assert list(passed) == ['epoch_3.pth'] and passed['epoch_3.pth'].startswith(why)

    def test_an_old_torn_one_is_of_no_interest(self, tmp_path):
        for epoch in (1, 2):
            save(tmp_path / f'epoch_{epoch}.pth')
        cut(tmp_path / 'epoch_1.pth')
        assert find_checkpoint(tmp_path) == (tmp_path / 'epoch_2.pth', {})

    def test_a_run_that_went_back(self, tmp_path):
        """From epoch 3 of 6, and killed in epoch 5: 5 and 6 are of before."""
        for epoch, written in ((3, 30), (5, 50), (6, 60), (4, 70)):
            save(tmp_path / f'epoch_{epoch}.pth')
            os.utime(tmp_path / f'epoch_{epoch}.pth', ns=(written, written))
        pointer = tmp_path / 'last_checkpoint'
        pointer.write_text('/the/old/place/epoch_4.pth')
        os.utime(pointer, ns=(71, 71))
        path, passed = find_checkpoint(tmp_path)
        assert path.name == 'epoch_4.pth' and list(passed) == ['epoch_6.pth', 'epoch_5.pth']
        assert all(reason.startswith('given up') for reason in passed.values())
        pointer.write_bytes(b'\xff\0epoch_4.pth')  # damaged: it says nothing
        os.utime(pointer, ns=(71, 71))
        assert find_checkpoint(tmp_path).path.name == 'epoch_6.pth'
        pointer.write_text('/the/old/place/epoch_4.pth')
        os.utime(pointer, ns=(71, 71))
        # killed after epoch_5.pth was written, before the pointer was
        os.utime(tmp_path / 'epoch_5.pth', ns=(80, 80))
        assert find_checkpoint(tmp_path).path.name == 'epoch_5.pth'

    @pytest.mark.parametrize('pointed, taken', [('epoch_2', 'epoch_2'), ('iter_10', 'iter_10')])
    def test_a_stopped_run_that_went_back(self, tmp_path, pointed, taken):
        """Stopped after 10 iterations, inside epoch 3; begun again from epoch 1 and killed after 2,
        or not."""
        names = (
            ['epoch_1', 'epoch_2', 'iter_10'] if pointed == 'iter_10' else ['iter_10', 'epoch_2']
        )
        for name in names:
            save(tmp_path / f'{name}.pth', dict(epoch_1=4, epoch_2=8, iter_10=10)[name])
        (tmp_path / 'last_checkpoint').write_text(f'/the/old/place/{pointed}.pth')
        assert find_checkpoint(tmp_path).path.stem == taken

    def test_epochs_and_iterations_together(self, tmp_path):
        save(tmp_path / 'epoch_3.pth', iterations=300)
        save(tmp_path / 'iter_250.pth', iterations=250)
        assert find_checkpoint(tmp_path).path.name == 'epoch_3.pth'
        save(tmp_path / 'iter_350.pth', iterations=350)
        assert find_checkpoint(tmp_path).path.name == 'iter_350.pth'

    def test_nothing_to_resume_from(self, tmp_path):
        assert find_checkpoint(tmp_path) == (None, {})
        assert find_checkpoint(tmp_path / 'missing') == (None, {})
        save(tmp_path / 'best_accuracy_top1_epoch_3.pth')
        save(tmp_path / 'epoch_3.pth')
        cut(tmp_path / 'epoch_3.pth')
        with pytest.raises(
            FileNotFoundError, match='epoch_3.pth is cut off .*; best_accuracy_top1_epoch_3.pth'
        ):
            find_checkpoint(tmp_path)

    def test_published_weights_are_whole(self, tmp_path):
        save(tmp_path / 'w.pth')
        assert why_torn(tmp_path / 'w.pth') is None
        assert 'No such file' in why_torn(tmp_path / 'gone.pth')

    def test_files_without_checksums_are_whole(self, tmp_path):
        torch.serialization.set_crc32_options(False)
        try:
            torch.save({'a': torch.ones(10)}, tmp_path / 'w.pth')
        finally:
            torch.serialization.set_crc32_options(True)
        assert why_torn(tmp_path / 'w.pth') is None


class TestSetResume:
    def config(self, work_dir, **more):
        return Config(dict(work_dir=str(work_dir), load_from=None, resume=False, **more))

    def test_not_asked_for(self, tmp_path):
        save(tmp_path / 'epoch_1.pth')
        cfg = self.config(tmp_path)
        assert set_resume(cfg, None) == []
        assert not cfg.resume and cfg.load_from is None

    def test_says_what_it_takes_and_why(self, tmp_path):
        for epoch in (1, 2):
            save(tmp_path / f'epoch_{epoch}.pth')
        flip_bit(tmp_path / 'epoch_2.pth')
        cfg = self.config(tmp_path)
        assert set_resume(cfg, 'auto') == [
            '--resume: epoch_2.pth is passed over: wrong checksum of epoch_2/data/0',
            f'--resume: from {tmp_path / "epoch_1.pth"}',
        ]
        assert cfg.resume and cfg.load_from == str(tmp_path / 'epoch_1.pth')

    def test_a_config_that_says_resume(self, tmp_path):
        """MMEngine would follow the pointer, and start anew without it."""
        cfg = self.config(tmp_path)
        cfg.resume = True
        assert 'starts at epoch 1' in set_resume(cfg, None)[0]
        assert not cfg.resume
        save(tmp_path / 'epoch_1.pth')
        cfg.resume = True
        set_resume(cfg, None)
        assert cfg.resume and cfg.load_from == str(tmp_path / 'epoch_1.pth')
        # it names the checkpoint
        save(tmp_path / 'epoch_2.pth')
        set_resume(cfg, None)
        assert cfg.load_from == str(tmp_path / 'epoch_1.pth')

    def test_named_file(self, tmp_path):
        for epoch in (1, 2, 3):
            save(tmp_path / f'epoch_{epoch}.pth')
        cut(tmp_path / 'epoch_3.pth')
        cfg = self.config(tmp_path)
        with pytest.raises(
            ValueError,
            match='epoch_3.pth: the file is cut off after 2000 bytes'
            '.*beside it: epoch_1.pth, epoch_2.pth',
        ):
            set_resume(cfg, str(tmp_path / 'epoch_3.pth'))
        with pytest.raises(FileNotFoundError, match='missing.pth: no such file'):
            set_resume(cfg, 'missing.pth')
        set_resume(cfg, 'https://host/epoch_3.pth')
        assert cfg.load_from == 'https://host/epoch_3.pth'

    def test_folder_of_the_checkpoint_hook(self, tmp_path):
        cfg = self.config(
            tmp_path / 'run', default_hooks=dict(checkpoint=dict(out_dir=str(tmp_path / 'kept')))
        )
        assert checkpoint_folder(cfg) == tmp_path / 'kept' / 'run'
        (tmp_path / 'kept/run').mkdir(parents=True)
        save(tmp_path / 'kept/run/epoch_4.pth')
        set_resume(cfg, 'auto')
        assert cfg.load_from == str(tmp_path / 'kept/run/epoch_4.pth')
        cfg.default_hooks.checkpoint.out_dir = 's3://bucket'
        with pytest.raises(ValueError, match='s3://bucket.*--resume PATH'):
            set_resume(cfg, 'auto')

    @pytest.mark.parametrize(
        'work_dir, out_dir',
        [('run', None), ('run', 'run'), ('run', '{}/run'), ('.', 'out'), ('a/..', 'out')],
    )
    def test_folder_is_the_one_that_the_hook_writes_to(
        self, tmp_path, monkeypatch, tiny_config, work_dir, out_dir
    ):
        monkeypatch.chdir(tmp_path)
        cfg = tiny_config(work_dir)
        cfg.default_hooks.checkpoint.out_dir = out_dir and out_dir.format(tmp_path)
        runner = Runner.from_cfg(cfg)
        hook = next(h for h in runner.hooks if isinstance(h, WholeCheckpointHook))
        hook.before_train(runner)
        assert os.path.abspath(hook.out_dir) == os.path.abspath(checkpoint_folder(cfg))


def test_damage_anywhere_is_seen_or_does_no_harm(tmp_path):
    """Above all in the index at the file's end, which carries no checksum: what is taken for whole
    is loaded with the same numbers."""
    path = tmp_path / 'epoch_1.pth'
    save(path, 7)
    whole = path.read_bytes()
    index = zipfile.ZipFile(path).start_dir
    assert why_torn(path) is None
    rng = random.Random(0)
    places = [*range(index, len(whole)), *rng.sample(range(index), 60)]
    seen = 0
    for place in places:
        data = bytearray(whole)
        data[place] ^= rng.randrange(1, 256)
        path.write_bytes(data)
        if why_torn(path) is None:
            loaded = torch.load(path, weights_only=True)
            assert loaded['meta'] == dict(iter=7)
            assert torch.equal(loaded['state_dict']['w'], torch.ones(1000))
        else:
            seen += 1
    assert seen > len(places) // 3
    for cut in (1, 2, 8, 21, 22, 23, 60, len(whole) - index):
        path.write_bytes(whole[:-cut])
        assert why_torn(path), cut


def test_more_than_tensors_is_whole(tmp_path):
    torch.save(dict(meta=re.compile('a'), w=torch.ones(3)), tmp_path / 'a.pth')
    assert why_torn(tmp_path / 'a.pth') is None
