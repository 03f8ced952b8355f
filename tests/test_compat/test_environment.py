import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

import mmfer  # noqa: F401  makes the repair

ROOT = Path(__file__).parents[2]
VALUES = [
    'C:\\data\\raf', 'C:\\Users\\me\\raf', 'D:\\raf\\new', r'\1', r'\g<0>', "it's", 'a "b" c',
    'a b', 'a\nb', '{{$X:1}}', '数据', "'; import os; os._exit(3); '", '$HOME/x', '%s', '/data/raf',
]  # fmt: skip


@pytest.mark.parametrize('value', VALUES)
def test_a_value_stands_in_a_string_as_it_is(tmp_path, monkeypatch, value):
    path = tmp_path / 'a.py'
    path.write_text("""root = '{{$MMFER_T:data}}'\nsub = "{{$MMFER_T:data}}/faces"\n""")
    monkeypatch.setenv('MMFER_T', value)
    cfg = Config.fromfile(path)
    assert (cfg.root, cfg.sub) == (value, f'{value}/faces')


@pytest.mark.parametrize('value', [v for v in VALUES if '\n' not in v])
def test_json(tmp_path, monkeypatch, value):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(dict(root='{{$MMFER_T:data}}')))
    monkeypatch.setenv('MMFER_T', value)
    assert Config.fromfile(path).root == value


def test_what_stands_outside_of_a_string_is_source(tmp_path, monkeypatch):
    path = tmp_path / 'a.py'
    path.write_text("n = {{'$MMFER_N:80'}}\nname = '{{$MMFER_T:data}}'\n")
    assert (Config.fromfile(path).n, Config.fromfile(path).name) == (80, 'data')
    monkeypatch.setenv('MMFER_N', '7')
    assert Config.fromfile(path).n == 7


def test_a_variable_without_value_is_named(tmp_path, monkeypatch):
    path = tmp_path / 'a.py'
    path.write_text("root = '{{$MMFER_T:}}'\n")
    monkeypatch.delenv('MMFER_T', raising=False)
    with pytest.raises(KeyError, match='MMFER_T.*export'):
        Config.fromfile(path)


def variables_of_configs() -> list[tuple[str, Path]]:
    """(variable, a config that reads it, itself or by its base), one each."""
    configs = sorted((ROOT / 'configs').rglob('*.py'))
    leaves = [path for path in configs if '_base_' not in path.parts]
    found = {}
    for path in configs:
        for name in re.findall(r'\{\{\$(\w+):', path.read_text()):
            base = f'{path.parent.name}/{path.name}'
            users = [leaf for leaf in leaves if leaf == path or base in leaf.read_text()]
            if users:
                found.setdefault(name, users[0])
    return sorted(found.items())


def test_all_variables_are_tried():
    text = ''.join(path.read_text() for path in (ROOT / 'configs').rglob('*.py'))
    used = set(re.findall(r'\{\{\$(\w+):', text))
    # the backbone r50 stands in no leaf of ours
    assert used == {name for name, _ in variables_of_configs()} | {'MMFER_R50'}


def texts(value) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize('name, path', variables_of_configs(), ids=lambda v: getattr(v, 'stem', v))
def test_every_variable_of_our_configs(name, path, monkeypatch):
    value = 'C:\\new data\\"raf"'
    monkeypatch.setenv(name, value)
    assert value in ''.join(texts(Config.fromfile(path)._cfg_dict.to_dict()))


def test_a_fresh_process_reads_a_windows_path(tmp_path):
    code = (
        'import mmfer; from mmengine.config import Config; print(Config.fromfile('
        f'{str(ROOT / "configs/clex/clex_r18_rafdb_noise30.py")!r}).data_root)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        env=dict(PYTHONPATH=str(ROOT), RAFDB_ROOT='C:\\data\\raf', PATH=''),
        text=True,
        capture_output=True,
    )
    assert done.stdout.splitlines()[-1] == 'C:\\data\\raf', done.stderr
