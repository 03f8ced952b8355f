"""Values of ``--cfg-options``."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config, DictAction

import mmfer  # noqa: F401  makes the repair
from mmfer.engine.cli import make_parser

ROOT = Path(__file__).parents[2]


def read(*options):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args(['--cfg-options', *options]).cfg_options


@pytest.mark.parametrize(
    'typed, value',
    [
        ('/my data/x', '/my data/x'),
        ("'/my data/x'", '/my data/x'),
        ('"/my data/x"', '/my data/x'),
        ('C:\\my data\\x', 'C:\\my data\\x'),
        ('/data (old)/my faces', '/data (old)/my faces'),
        ('/two  blanks ', '/two  blanks '),
        ('a = b', 'a = b'),
        ('1 000', '1 000'),
        # around a value that is no string, and around members
        (' 5 ', 5),
        (' .5', 0.5),
        ('True ', True),
        (' None', None),
        ('[1, 2, 3]', [1, 2, 3]),
        (' [1, 2] ', [1, 2]),
        ('1, 2', [1, 2]),
        ('( 1 , 2 )', (1, 2)),
        ('[(1, 2, 3), [a, b], c]', [(1, 2, 3), ['a', 'b'], 'c']),
        ('[(1, .5), (True, None)]', [(1, 0.5), (True, None)]),
        # and inside members they stay
        ('[/my data/a, /my data/b]', ['/my data/a', '/my data/b']),
        ('/my data/a,/b', ['/my data/a', '/b']),
        ('[[a b, (c d, e)], f]', [['a b', ('c d', 'e')], 'f']),
    ],
)
def test_values_with_blanks(typed, value):
    found = read(f'key={typed}')['key']
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    'typed',
    ['5', '1e-3', 'true', 'None', 'a', '[1,2]', '(a,[b,1],c)', 'a,b', '$pipeline', '', "''", '[]'],
)
def test_values_without_blanks_are_read_as_before(typed):
    original = DictAction._parse_iterable.__wrapped__
    value = read(f'key={typed}')['key']
    assert value == original(typed) and type(value) is type(original(typed))


def test_brackets_that_do_not_close_are_refused_as_before():
    with pytest.raises(AssertionError, match='Imbalanced'):
        read('key=[a b, (c')


def test_a_value_reaches_the_config(tmp_path):
    args = make_parser('', 'train').parse_args(
        ['tiny.py', '--cfg-options', 'data.root=/my data', "data.names=[a b, 'c d']"]
    )
    cfg = Config(dict(data=dict(root='')))
    cfg.merge_from_dict(args.cfg_options)
    assert cfg.data == dict(root='/my data', names=['a b', 'c d'])


def test_tools_of_the_host(tmp_path):
    """print_config is one that knows nothing of mmfer."""
    (tmp_path / 'tiny.py').write_text("root = ''\n")
    command = [sys.executable, str(ROOT / 'tools/host.py'), 'print_config', 'tiny.py']
    done = subprocess.run(
        [*command, '--cfg-options', 'root=/my data/x'],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "root = '/my data/x'" in done.stdout
