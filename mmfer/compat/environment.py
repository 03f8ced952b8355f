r"""Environment variables in configs: the value as it is, whatever stands in it.

The host puts a variable's value into the config's source as a template of a regular expression:
``C:\data\raf`` ends in ``bad escape``, ``D:\new`` in a line break, a quote in a syntax error.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from .repair import repair, wrap

VARIABLE = re.compile(
    r"""\{\{(?P<quote>['"]?)\s*\$(?P<name>\w+)\s*:\s*(?P<default>\S*?)\s*['"]?\}\}"""
)


def _in_python(text: str) -> str:
    return text.encode('unicode_escape').decode().replace("'", r'\'').replace('"', r'\"')


ESCAPES = {'.py': _in_python, '.json': lambda text: json.dumps(text)[1:-1]}


def insert_variables(
    text: str, ending: str, variables: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    r"""The text of a config with the values of its variables, and those that are set.

    ``'{{$ROOT:data}}/faces'`` stands in a string, whose escapes the value gets; ``{{'$N:80'}}``
    stands for what is written there, a number for instance, and gets the value as source.

    Args:
        ending: of the file: ``.py``, ``.json`` or ``.yml``; YAML's strings get no escapes.

    Raises:
        KeyError: a variable is empty or not set, and has no default.

    >>> insert_variables("root = '{{$ROOT:data}}'", '.py', dict(ROOT=r'C:\new'))[0]
    "root = 'C:\\\\new'"
    """
    found: dict[str, str] = {}

    def insert(place: re.Match) -> str:
        name, value = place['name'], place['default']
        if name in variables:
            found[name] = value = variables[name]
        if not value:
            raise KeyError(
                f'the config reads the environment variable {name}, which is empty or not set, and '
                f'has no default; set it: export {name}=...'
            )
        in_string = name in found and not place['quote']
        return ESCAPES[ending](value) if in_string and ending in ESCAPES else value

    return VARIABLE.sub(insert, text), found


@repair(
    fault='configs take an environment variable with a backslash or a quote as source text',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def take_variables_as_they_are() -> None:
    """Replace the host's substitution by :func:`insert_variables`."""
    from mmengine.config import Config
    from mmengine.logging import print_log

    def substitute(original, filename: str, temp_config_name: str) -> dict[str, str]:
        text = Path(filename).read_text(encoding='utf-8')
        text, found = insert_variables(text, Path(filename).suffix, os.environ)
        for name, value in found.items():
            print_log(f'{name}={value} of the environment stands in the config', logger='current')
        Path(temp_config_name).write_text(text, encoding='utf-8')
        return found

    wrap(Config, '_substitute_env_variables', substitute)
