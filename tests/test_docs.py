"""What docs/ promises is kept by tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / 'docs/reliability.md').read_text(encoding='utf-8')


def names_in(path: Path) -> set[str]:
    """Names of a file's tests, those of a class behind its name."""
    found = set()
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f'{node.name}::{n.name}' for n in node.body if isinstance(n, ast.FunctionDef)}
    return found


def test_every_promise_has_its_test():
    rows = re.findall(r'^\| (?!promise|---)(.*) \| (.*) \|$', TEXT.split('## Damaged')[0], re.M)
    assert len(rows) > 25
    for promise, kept in rows:
        named = re.findall(r'`(tests/[\w/]+\.py)::([\w:]+)`', kept)
        assert named and kept.count('`') == 2 * len(named), promise
        for file, name in named:
            assert name in names_in(ROOT / file), f'{file} has no {name}: {promise}'


def test_the_command_and_its_figures():
    assert 'python tests/fuzz/run.py --cases 10000 --images 1000 --seed 0' in TEXT
    assert (ROOT / 'tests/fuzz/run.py').is_file()
    table = re.search(r'<!-- fuzz -->\n(.*)<!-- /fuzz -->', TEXT, re.S)[1]
    (whole,) = re.findall(r'^\| all \| (.*) \|$', table, re.M)
    numbers = [int(cell) for cell in whole.split(' | ')]
    assert numbers[0] >= 11_000 and numbers[0] == sum(numbers[1:])
    assert numbers[5:] == [0] * 5  # faults
