"""The table of ``python -m mmfer.compat``."""

import runpy

from mmfer.compat import REPAIRS
from mmfer.compat.tools import TOOL_REPAIRS


def test_table(capsys):
    runpy.run_module('mmfer.compat', run_name='__main__')  # python -m mmfer.compat
    text = capsys.readouterr().out
    assert 'mmpretrain' in text.splitlines()[0]
    for repair in REPAIRS + TOOL_REPAIRS:
        (row,) = (line for line in text.splitlines() if f' {repair.name} ' in line)
        assert ('no: ' in row) == (not repair.concerned), row
    assert 'not made' not in text
