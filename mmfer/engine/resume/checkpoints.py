"""Which checkpoint a run goes on from."""

import os
import pickle
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config

NAME = re.compile(r'(epoch|iter)_(\d+)\.pth')


class Found(NamedTuple):
    """The newest whole checkpoint; higher ones by name, why they are passed over."""

    path: Path | None
    passed: dict[str, str]


def why_torn(path: str | Path) -> str | None:
    """What is wrong with a checkpoint's file; None where it is whole.

    Reads all of it, for torch's checksum of each tensor: the index alone shows no flipped bit. Then
    torch opens it, without the tensors' numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            # torch.serialization.set_crc32_options(False) writes 0 everywhere
            summed = any(info.CRC for info in archive.infolist())
            member = archive.testzip() if summed else None
    except zipfile.BadZipFile as error:
        size = Path(path).stat().st_size
        return f'cut off after {size} bytes, or no file of torch.save ({error})'
    except Exception as error:  # a flipped bit may say 'encrypted', or any kind of packing
        return f'cannot be read ({error})'
    return _why_unread(path) if member is None else f'wrong checksum of {member}'


def _why_unread(path: str | Path) -> str | None:
    """What torch's own reader finds: it is stricter with the index at the file's end."""
    try:
        torch.load(path, map_location='meta', weights_only=True, mmap=True)
    except pickle.UnpicklingError:
        return None  # whole, with more in it than tensors: whether that is loaded is said elsewhere
    except Exception as error:  # of any kind, on what it does not expect
        reason = str(error).strip().split('\n')[0]
        return f'damaged in its index ({type(error).__name__}: {reason})'
    return None


def checkpoint_folder(cfg: Config) -> Path:
    """Where the config's run keeps its checkpoints: the work dir, or below ``out_dir`` of the
    checkpoint hook.

    Raises:
        ValueError: ``out_dir`` is not on this machine.
    """
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    out_dir = hook.get('out_dir')
    work_dir = Path(os.path.abspath(cfg.work_dir))  # as the Runner keeps it
    if out_dir is None or str(out_dir) == str(work_dir):
        return work_dir
    if '://' in str(out_dir):
        name = 'Name the checkpoint with --resume PATH.'
        raise ValueError(f'--resume: what {out_dir} holds cannot be listed. {name}')
    return Path(out_dir) / work_dir.name


def _given_up(path: Path) -> bool:
    """Whether the run went back behind a checkpoint: ``last_checkpoint``, as it was written later,
    names a lower one; of the other kind, which a stopped run leaves, by its iterations.

    Only the name in it counts, since a moved work dir makes the path stale. A run killed between
    checkpoint and pointer leaves an older pointer.
    """
    pointer = path.with_name('last_checkpoint')
    try:
        newest = NAME.fullmatch(Path(pointer.read_text(errors='replace').strip()).name)
        later = pointer.stat().st_mtime_ns > path.stat().st_mtime_ns
    except OSError:
        return False
    kind, number = NAME.fullmatch(path.name).groups()
    if not later or not newest:
        return False
    if newest[1] == kind:
        return int(newest[2]) < int(number)
    beside = path.with_name(newest[0])
    if not beside.is_file() or why_torn(beside) or why_torn(path):
        return False
    return _iterations(beside) < _iterations(path)


def find_checkpoint(folder: str | Path) -> Found:
    """The newest whole checkpoint of a run's folder, to resume from; without a path where the
    folder holds no checkpoint at all.

    Does not follow ``last_checkpoint``: it holds a path that a moved work dir makes stale, and may
    name a torn file. But where a run went back to an earlier checkpoint, the higher ones of before
    are of no course that goes on.

    Each process of a launcher looks by itself, and all find the same: they look before they join
    the process group, so before any of them trains and writes.

    Raises:
        FileNotFoundError: The folder holds ``.pth`` files, but none to resume from.
    """
    folder = Path(folder)
    files = sorted(folder.glob('*.pth'))
    kinds: dict[str, list[tuple[int, Path]]] = {}
    for path in files:
        if match := NAME.fullmatch(path.name):
            kinds.setdefault(match[1], []).append((int(match[2]), path))

    newest, passed = [], {}
    given_up = 'given up: the run has since gone on from an earlier one'
    for numbered in kinds.values():
        for _, path in sorted(numbered, reverse=True):
            reason = given_up if _given_up(path) else why_torn(path)
            if reason is None:
                newest.append(path)
                break
            passed[path.name] = reason
    if newest:
        # epochs and iterations count differently
        return Found(max(newest, key=_iterations) if newest[1:] else newest[0], passed)
    if files:
        names = [path.name for path in files if path.name not in passed]
        broken = [f'{name} is {reason}' for name, reason in passed.items()]
        raise FileNotFoundError(
            f'--resume: {folder} holds no whole epoch_*.pth or iter_*.pth, but '
            f'{"; ".join(broken + names)}. Name the file with --resume PATH, or train anew in '
            'another --work-dir.'
        )
    return Found(None, {})


def _iterations(path: Path) -> int:
    """Iterations that a checkpoint was trained."""
    checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    return checkpoint.get('meta', {}).get('iter', 0)


def set_resume(cfg: Config, resume: str | None) -> list[str]:
    """Set ``resume`` and ``load_from`` to the checkpoint to go on from; never start anew in
    silence. Returns lines for the log.

    A config that says ``resume = True`` is taken like ``--resume``, with ``load_from`` as its
    value.

    Args:
        resume: None where ``--resume`` was not given, 'auto' where it was without a value, else the
            checkpoint.

    Raises:
        FileNotFoundError: There is no such file, or checkpoints that cannot be resumed from.
        ValueError: The named file is torn.
    """
    if resume is None:
        if not cfg.get('resume'):
            return []
        resume = cfg.get('load_from') or 'auto'
    cfg.resume = True
    if resume != 'auto':
        _check(resume)
        cfg.load_from = resume
        return []
    folder = checkpoint_folder(cfg)
    path, passed = find_checkpoint(folder)
    if path is None:
        cfg.resume = False
        return [f'--resume: {folder} holds no checkpoint, so training starts at epoch 1']
    cfg.load_from = str(path)
    lines = [f'--resume: {name} is passed over: {reason}' for name, reason in passed.items()]
    return [*lines, f'--resume: from {path}']


def _check(resume: str) -> None:
    """Whether a named checkpoint can be resumed from."""
    if '://' in resume:
        return  # loaded from elsewhere, by MMEngine
    path = Path(resume)
    if not path.is_file():
        fix = 'Give a checkpoint, or --resume alone for the newest in the work dir.'
        raise FileNotFoundError(f'--resume {resume}: no such file. {fix}')
    if reason := why_torn(path):
        beside = [p for p in sorted(path.parent.glob('*.pth')) if NAME.fullmatch(p.name)]
        whole = [p.name for p in beside if why_torn(p) is None]
        others = f'Whole ones beside it: {", ".join(whole) or "none"}.'
        raise ValueError(f'--resume {resume}: the file is {reason}. {others}')
