"""Checkpoints that are written whole, and removed only when replaced."""

import hashlib
import io
import os
from pathlib import Path

import torch
from mmengine.dist import is_main_process, master_only
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.runner import CheckpointLoader
from mmpretrain.registry import HOOKS

from ...utils.files import remove_leftovers, write_whole


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """MMEngine's ``CheckpointHook``, safe against a kill at any moment.

    Same arguments, same files. MMEngine removes the outdated checkpoint and the old best one first
    and then writes the new one in place: a run killed meanwhile, or a full disk, leaves a torn file
    or none. Here each file is written by :func:`mmfer.utils.files.write_whole`, and what it
    replaces goes afterwards. A run killed at just that moment leaves one checkpoint more than
    ``max_keep_ckpts``.

    The best checkpoint of a resumed run is looked for in the folder where checkpoints are saved
    now: the path in a checkpoint names the old folder when the work dir was moved, or another run's
    when it was copied.

    A storage of the user's choice (``backend_args``, or an ``out_dir`` with a prefix such as
    ``s3://``) writes as it does; the order is kept there too.
    """

    def before_train(self, runner) -> None:
        """Choose the storage and take away what a killed run left."""
        local = '://' not in str(self.out_dir or runner.work_dir)
        plain = self.backend_args in (None, {}, {'backend': 'local'})
        if local and plain and self.file_client_args is None:
            self.backend_args = dict(backend='whole_local')
        super().before_train(runner)
        if is_main_process():
            folders = {runner.work_dir, self.out_dir if local else runner.work_dir}
            for name in [n for one in folders for n in remove_leftovers(one)]:
                runner.logger.info(f'{name}, left by a killed run, is removed')
        if self.save_best is not None:
            self._set_best_paths(
                {key: self._in_this_folder(path) for key, path in self._best_paths().items()}
            )

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict) -> None:
        """Save, point ``last_checkpoint`` to it, then remove the oldest."""
        outdated = []
        # the best checkpoint's epoch is saved a second time
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated.append(self.keep_ckpt_ids.popleft())
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        saved = ('save_optimizer', 'save_param_scheduler', 'by_epoch', 'backend_args')
        settings = {key: getattr(self, key) for key in saved}
        where = self.out_dir, name, self.file_client_args
        runner.save_checkpoint(*where, meta=meta, **settings, **self.args)
        if is_main_process():
            write_whole(Path(runner.work_dir) / 'last_checkpoint', str(self.last_ckpt))
        for old in outdated:
            self._remove(self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(old)))

    def _save_best_checkpoint(self, runner, metrics: dict) -> None:
        """Save a new best checkpoint, then remove the old one."""
        if not self.save_best:
            return
        before = self._best_paths()
        # what it does not know, MMEngine does not remove
        self._set_best_paths(dict.fromkeys(before))
        super()._save_best_checkpoint(runner, metrics)
        # 'auto' is replaced by the metric's name meanwhile
        after = dict(zip(before, self._best_paths().values()))
        self._set_best_paths({key: after[key] or before[key] for key in before})
        for key, old in before.items():
            if old and after[key] and old != after[key] and self._remove(old):
                runner.logger.info(f'The previous best checkpoint {old} is removed')

    @master_only
    def _publish_model(self, runner, ckpt_path: str | None) -> None:
        """Save a copy that holds ``published_keys`` only; the first 8 digits of its sha256 go into
        its name."""
        if ckpt_path is None:
            return
        checkpoint = CheckpointLoader.load_checkpoint(ckpt_path, map_location='cpu')
        kept = {k: v for k, v in checkpoint.items() if k in self.published_keys}
        with io.BytesIO() as buffer:
            torch.save(kept, buffer)
            data = buffer.getvalue()
        sha = hashlib.sha256(data).hexdigest()
        path = f'{os.path.splitext(ckpt_path)[0]}-{sha[:8]}.pth'
        self.file_backend.put(data, path)
        runner.logger.info(
            f'{ckpt_path} is published to {path}, without {sorted(checkpoint.keys() - kept.keys())}'
        )

    def _best_paths(self) -> dict[str, str | None]:
        """Of each metric; MMEngine keeps one path or a dict."""
        if len(self.key_indicators) == 1:
            return {self.key_indicators[0]: self.best_ckpt_path}
        return dict(self.best_ckpt_path_dict)

    def _set_best_paths(self, paths: dict[str, str | None]) -> None:
        if len(self.key_indicators) == 1:
            (self.best_ckpt_path,) = paths.values()
        else:
            self.best_ckpt_path_dict = dict(paths)

    def _in_this_folder(self, path: str | None) -> str | None:
        """The file of that name in ``out_dir``, None where there is none."""
        if path is None:
            return None
        here = self.file_backend.join_path(self.out_dir, os.path.basename(path))
        return here if self.file_backend.exists(here) else None

    def _remove(self, path: str) -> bool:
        """On the first process only; deepspeed saves folders."""
        if not is_main_process():
            return False
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):
            self.file_backend.rmtree(path)
        else:
            return False
        return True


class WholeFileBackend(LocalBackend):
    """Local files for MMEngine, written whole: ``backend_args=dict(backend='whole_local')``."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes; the folder is made where it is missing."""
        Path(filepath).parent.mkdir(parents=True, exist_ok=True)
        write_whole(filepath, obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write text; the folder is made where it is missing."""
        self.put(obj.encode(encoding), filepath)


register_backend('whole_local', WholeFileBackend, force=True)
