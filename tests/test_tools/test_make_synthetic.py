"""tools/dataset_tools/make_synthetic.py from the command line's side."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def draw(tmp_path, monkeypatch):
    """Returns a function that draws 7 and 7 faces into a folder; further arguments."""
    spec = importlib.util.spec_from_file_location(
        'make_synthetic', ROOT / 'tools/dataset_tools/make_synthetic.py'
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    sizes = ['--layout', 'rafdb', '--train', '7', '--test', '7', '--size', '32']

    def run(*arguments):
        argv = ['make_synthetic.py', str(tmp_path / 'faces'), *sizes, *map(str, arguments)]
        monkeypatch.setattr(sys, 'argv', argv)
        tool.main()

    return run


def test_a_second_run_finds_the_faces(draw, tmp_path, capsys):
    draw('--preview', tmp_path / 'sheet.png')
    assert 'written: ' in capsys.readouterr().out and (tmp_path / 'sheet.png').is_file()
    draw()
    assert 'reused: ' in capsys.readouterr().out


def test_other_faces_in_the_folder_end_with_one_line(draw):
    draw()
    with pytest.raises(SystemExit, match='make_synthetic: .* holds .*train=7.*train=8'):
        draw('--train', 8)


def test_bad_values_end_with_one_line(draw):
    with pytest.raises(SystemExit, match='make_synthetic: .*2'):
        draw('--blend-share', 2)
