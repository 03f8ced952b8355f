"""One dialect: `ruff check` and `ruff format`, as pyproject.toml sets them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WHERE = ['mmfer', 'configs', 'tools', 'tests', 'setup.py']


@pytest.mark.parametrize('command', [['check'], ['format', '--check']], ids=' '.join)
def test_ruff(command):
    done = subprocess.run(
        [sys.executable, '-m', 'ruff', *command, '--no-cache', *WHERE],
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
