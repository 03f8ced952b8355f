"""Files of rows; those of configs/benchmarks are built in tests/test_configs.py."""

from pathlib import Path

import pytest

from mmfer.engine.benchmarks import load_config, read_rows

ROOT = Path(__file__).parents[2] / 'configs'


@pytest.mark.parametrize(
    'text, named',
    [
        ('title: x\n', 'expected title'),
        ('config: clex/clex_r18_rafdb.py\nrows:\n- {name: a, optoins: {}}\n', 'row a: unknown'),
        (
            'config: clex/clex_r18_rafdb.py\nrows:\n- {name: a}\n- {name: a}\n',
            'two rows are called a',
        ),
        ('config: clex/nothing.py\nrows:\n- {name: a}\n', 'row a: no config'),
        ('rows:\n- a\n', 'a.yml: expected title'),
        ('rows: {a: 1}\n', 'a.yml: expected title'),
        ('rows:\n- {name: a, config: 3}\n', 'a.yml, row a: no config'),
        ('rows:\n- {name: a, config: clex/clex_r18_rafdb.py, options: [1]}\n', 'row a: options'),
        ('rows: [', 'a.yml: is no YAML: '),
        ('rows: \0', 'a.yml: is no YAML: '),
        ('rows:\n- {name: a, config: "a\\0b"}\n', 'row a: no config'),
    ],
)
def test_files_of_rows_that_do_not_fit(text, named, tmp_path):
    (tmp_path / 'benchmarks').mkdir()
    (tmp_path / 'clex').symlink_to(ROOT / 'clex')
    path = tmp_path / 'benchmarks/a.yml'
    path.write_text(text)
    with pytest.raises(ValueError, match=named):
        read_rows(path)


def test_a_file_of_rows_by_its_name_alone(tmp_path, monkeypatch):
    (tmp_path / 'a.yml').write_text(
        f'rows:\n- {{name: x, config: {ROOT}/clex/clex_r18_rafdb.py}}\n'
        '- {name: y, config: b.py}\n'
    )
    (tmp_path.parent / 'b.py').write_text('lr = 1')
    monkeypatch.chdir(tmp_path)
    assert load_config('a.yml:y')[0].lr == 1
    assert load_config('a.yml:x')[0].model.head.type == 'CLEXHead'
    with pytest.raises(ValueError, match=r"a.yml has several rows; name one: .*\['x', 'y'\]"):
        load_config('a.yml')


@pytest.mark.parametrize(
    'key', ['model.haed.gamma', 'modle.head.gamma', 'optim_wraper', 'train_cfg.max_epoch']
)
def test_an_option_that_is_nowhere(key, tmp_path):
    (tmp_path / 'benchmarks').mkdir()
    (tmp_path / 'benchmarks/a.yml').write_text(
        f'rows:\n- name: a\n  config: {ROOT}/clex/clex_r18_rafdb.py\n  options: {{{key}: 1}}\n'
    )
    with pytest.raises(KeyError, match=f'row a: option.*{key}'):
        read_rows(tmp_path / 'benchmarks/a.yml')[0].load()
