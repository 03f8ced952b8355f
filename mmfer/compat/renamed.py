"""Configs that had other names once: an error tells the new one."""

import re
import sys
from functools import cache
from pathlib import Path

import yaml

from .repair import repair, wrap

TABLE = Path(__file__).parents[1] / '.mim/configs/renamed.yml'


@cache
def renamed() -> dict[str, dict]:
    """Old names (without a folder and .py), and the entry of each."""
    if not TABLE.is_file():
        return {}
    table = yaml.safe_load(TABLE.read_text(encoding='utf-8'))
    return {Path(old).stem: entry for old, entry in table.items()}


def new_name(text: str) -> str:
    """What to say of an old name in a text; '' where there is none.

    Examples:
        >>> new_name('no file clex/clex_r18_ferplus.py')
        'clex_r18_ferplus is now configs/clex/clex_r18_ferplus8.py'
    """
    for word in re.findall(r'[^\s\'"]+', text):
        # of a path the file, not a folder that is called so
        stem = re.split(r'[/\\:]', word.rstrip('.,:;'))[-1].removesuffix('.py')
        if stem in renamed():
            entry = renamed()[stem]
            add = entry.get('add', '')
            what = f' with {add}' if add.startswith('--') else f', {add}' if add else ''
            return f'{stem} is now configs/{entry["now"]}{what}'
    return ''


def _read(original, *args, **kwargs):
    try:
        return original(*args, **kwargs)
    except (FileNotFoundError, RuntimeError) as error:  # RuntimeError: of '<package>::...'
        told = new_name(str(error))
        if not told or told in str(error):
            raise
        raise type(error)(f'{error}\n{told}') from None


@repair(
    fault='a config that has another name now is a file that does not exist',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def tell_new_names() -> None:
    """Let the error of a missing config or base name the new one."""
    from mmengine.config import Config

    wrap(Config, '_is_lazy_import', _read)  # opens the leaf
    wrap(Config, '_file2dict', _read)  # and its bases
    for name in ('mmengine.config.utils', 'mmengine.hub.hub'):  # mmengine.hub.get_config
        if name in sys.modules:
            wrap(sys.modules[name], '_get_external_cfg_base_path', _read)
