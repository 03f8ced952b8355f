"""What the command lines of tools/train.py and tools/test.py share."""

import argparse
import inspect
import os
import re
from difflib import get_close_matches
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from .config import set_dataloader_defaults
from .hooks.held_out import name_held_out
from .mixed_precision import AMP_DTYPES
from .processes import WORLD_SIZE_VARIABLES, launcher_on_this_device


def make_parser(description: str, verb: str) -> argparse.ArgumentParser:
    """A parser with the arguments of both tools; the verb of the help texts is train or test."""
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add('config', help=f'{verb} config file, or a row of a benchmark: FILE.yml:NAME')
    written = (
        "folder for what is written; default: the config's, else ./work_dirs/<name of the config>"
    )
    add('--work-dir', help=written)
    add('--amp', action='store_true', help=f'{verb} in mixed precision')
    kind = '--amp in this type; default: fp16 on a GPU. A CPU has bf16 alone'
    add('--amp-dtype', choices=list(AMP_DTYPES), help=kind)
    add('--no-pin-memory', action='store_true', help='do not pin memory')
    override = (
        'override settings of the config: key=value, nested keys with dots, lists as key="[a,b]" '
        'or key=a,b'
    )
    add('--cfg-options', nargs='+', action=DictAction, default={}, help=override)
    launchers = ('none', *WORLD_SIZE_VARIABLES)
    add('--launcher', choices=launchers, default='none', help='job launcher')
    # given by old launchers; torchrun sets LOCAL_RANK instead
    add('--local_rank', '--local-rank', type=int, default=0)
    return parser


def merge_common(cfg: Config, args: argparse.Namespace, suffix: str = '') -> None:
    """Bring the arguments of :func:`make_parser` into the config, but ``--amp``, which each tool
    understands in its own way. ``suffix`` goes to the name of a work dir that nobody names."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    check_names(cfg, args.cfg_options)
    cfg.merge_from_dict(args.cfg_options)
    cfg.launcher = launcher_on_this_device(args.launcher)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        name = getattr(args, 'name', Path(args.config).stem)
        if suffix:  # instead of the config's own noise
            name = re.sub(r'_noise\d+$', '', name)
        cfg.work_dir = f'./work_dirs/{name}{suffix}'
    set_dataloader_defaults(cfg, pin_memory=not args.no_pin_memory)


def check_names(cfg: Config, options: dict) -> None:
    """A new variable of a config has no effect by itself; one that is nearly called as one that is
    there was misspelt.

    Raises:
        ValueError: On such a name.

    Examples:
        >>> check_names(Config(dict(image_size=224)), dict(imagesize=112))
        Traceback (most recent call last):
        ...
        ValueError: --cfg-options imagesize: there is no 'imagesize'; did you mean 'image_size'?
    """
    known = {*cfg.keys(), *inspect.signature(Runner).parameters, 'total_batch_size', 'compile'}
    for key in options:
        name = key.split('.')[0]
        near = get_close_matches(name, known, n=1, cutoff=0.8) if name not in known else ()
        if near:
            wrong = f'there is no {name!r}; did you mean {near[0]!r}?'
            raise ValueError(f'--cfg-options {key}: {wrong}')


def build_runner(cfg: Config) -> Runner:
    """The runner that the config names, or MMEngine's."""
    name_held_out(cfg)
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
