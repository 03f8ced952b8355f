"""The table of the stacks that were tried."""

import runpy
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / 'tools/dev/record_stack.py'


def test_a_row_a_stack(tmp_path, monkeypatch):
    table = tmp_path / 'stacks.md'
    for family, part, outcome in [
        ('openmmlab', 'all', '== 9 passed in 4.00s (0:00:04) =='),
        ('onedl', 'fast', '1 failed, 7 passed in 3.00s'),
        ('onedl', 'fast', '8 passed in 3.00s'),
    ]:
        monkeypatch.setattr(sys, 'argv', ['', str(table), family, part, outcome])
        runpy.run_path(str(TOOL), run_name='__main__')
    rows = [line for line in table.read_text().splitlines() if line.startswith('| o')]
    assert [row.split(' | ')[3] for row in rows] == [
        '8 passed in 3.00s',
        '9 passed in 4.00s (0:00:04)',
    ]
    assert '.'.join(map(str, sys.version_info[:3])) in rows[0]


def test_another_torch_is_another_stack():
    tool = runpy.run_path(str(TOOL))
    rows = [
        ['onedl', '3.11.7', 'fast', outcome, '2026-11-28', 'abc1234', torch]
        for outcome, torch in (('1 failed', '2.6.0'), ('8 passed', '2.15.0'), ('9 passed', '2.6.0'))
    ]
    table = tool['HEAD']
    for row in rows:
        table = tool['update'](table, row)
    kept = table[len(tool['HEAD']) :].splitlines()
    assert kept == [f'| {" | ".join(row)} |' for row in rows[1:]]
