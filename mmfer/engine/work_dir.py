"""A run has its work dir for itself: alone in it, and without files of an earlier run."""

import re
from pathlib import Path

from mmengine.config import Config

from ..utils.lock import Lock
from .hooks.accuracy_summary_hook import FILE_NAME as ACCURACY
from .hooks.disambiguation_hook import FILE_NAME as DISAMBIGUATION
from .hooks.lock_hook import lock_work_dir
from .processes import rank_of
from .resume.checkpoints import checkpoint_folder, set_resume

CHECKPOINTS = ('epoch_*.pth', 'iter_*.pth', 'best_*.pth')
POINTER = 'last_checkpoint'
STATE = (ACCURACY, DISAMBIGUATION, f'{ACCURACY}.damaged', f'{DISAMBIGUATION}.damaged')
LOGS = re.compile(r'\d{8}_\d{6}')  # MMEngine's folder of a start
ASIDE = 'earlier_{}'
OTHERWISE = 'take another --work-dir, or --overwrite, which moves it aside'


def enter_work_dir(
    cfg: Config, resume: str | None, overwrite: bool = False, otherwise: str = OTHERWISE
) -> tuple[Lock | None, list[str]]:
    """Lock the config's work dir, and see to it that what is in it is gone on with or out of the
    way; returns the lock, to be kept while training, and lines for the log.

    Of several processes the first does so. The others only look for the checkpoint to resume from,
    and meet the first before anything is written; where it refuses, the launcher ends them.

    Args:
        resume: As :func:`mmfer.engine.resume.checkpoints.set_resume` takes it.
        overwrite: Move an earlier run aside, see :func:`move_aside`.
        otherwise: What the error names besides ``--resume``.

    Raises:
        RuntimeError: Another process trains there.
        ValueError: The work dir has checkpoints of an earlier run, and the run neither resumes one
            of them nor overwrites.
    """
    named = resume if resume is not None else cfg.get('resume') and (cfg.get('load_from') or 'auto')
    if overwrite and named and (named == 'auto' or _is_in(cfg, named)):
        raise ValueError(
            '--overwrite begins anew, and --resume (or resume=True in the config) goes on; take one'
        )
    first = rank_of(cfg.get('launcher', 'none')) == 0
    held = lock_work_dir(cfg.work_dir) if first else None
    lines = []
    if held is not None and held.why_not:
        lines.append(f'{cfg.work_dir} is not locked against a second training: {held.why_not}')
    if overwrite and first:
        lines += move_aside(cfg)
    lines += set_resume(cfg, resume)
    if first and not (named and (named == 'auto' or _is_in(cfg, named))):
        check_unused(cfg, otherwise)
    return held, lines


def check_unused(cfg: Config, otherwise: str = OTHERWISE) -> None:
    """Refuse a work dir with checkpoints of an earlier run.

    Raises:
        ValueError: With the ways out.
    """
    found = [path for folder in _folders(cfg) for path in _checkpoints(cfg, folder)]
    if not found:
        return
    names = [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]
    shown = ', '.join(names[-3:]) + (f' and {len(names) - 3} more' if len(names) > 3 else '')
    raise ValueError(
        f'{cfg.work_dir} holds an earlier run ({shown}), whose files a new one would mix with or '
        f'overwrite: go on with it by --resume without a value, {otherwise}'
    )


def move_aside(cfg: Config) -> list[str]:
    """Move an earlier run into ``earlier_1`` (2, ...) of its folder: its checkpoints, what
    remembers them and its accuracies, and the folders of its logs, which the curves of a run are
    drawn from. Nothing else of the folder is touched; returns lines for the log."""
    lines = []
    for folder in _folders(cfg):
        logs = [path for path in folder.glob('*') if LOGS.fullmatch(path.name) and path.is_dir()]
        state = [path for name in STATE if (path := folder / name).is_file()]
        # last: as long as one is here, the folder counts as used
        found = [*logs, *state, *_checkpoints(cfg, folder)]
        if not found:
            continue
        number = 1
        while (target := folder / ASIDE.format(number)).exists():
            number += 1
        target.mkdir()
        for path in found:
            path.rename(target / path.name)
        lines.append(f'--overwrite: the earlier run in {folder} was moved to {target}')
    return lines


def _folders(cfg: Config) -> list[Path]:
    """The work dir, and that of the checkpoints where it is another on this machine."""
    folders = [Path(cfg.work_dir)]
    try:
        apart = checkpoint_folder(cfg)
    except ValueError:  # a store that cannot be listed; last_checkpoint tells of it
        return folders
    if apart.resolve() != folders[0].resolve():
        folders.append(apart)
    return folders


def _checkpoints(cfg: Config, folder: Path) -> list[Path]:
    """Checkpoints in a folder, and what points to the last."""
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    patterns = {*CHECKPOINTS, POINTER}
    if hook.get('filename_tmpl'):
        patterns.add(hook['filename_tmpl'].format('*'))
    return sorted({path for pattern in patterns for path in folder.glob(pattern)})


def _is_in(cfg: Config, checkpoint: str) -> bool:
    """Whether a checkpoint is one of the run's own."""
    parent = Path(checkpoint).resolve().parent
    return '://' not in str(checkpoint) and parent in [f.resolve() for f in _folders(cfg)]
