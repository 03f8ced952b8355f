"""Old names of configs; each of them is asked for in tests/test_configs.py."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.hub import get_config

from mmfer.compat import new_name

ROOT = Path(__file__).parents[2] / 'configs'


def test_a_dead_base_and_a_name_that_never_was(tmp_path):
    for base in (
        'mmfer::clex/clex_r18_rafdb_noise30_row-a.py',
        str(ROOT / 'clex/clex_r18_rafdb_noise30_row-a.py'),
    ):
        path = tmp_path / 'mine.py'
        path.write_text(f'_base_ = {base!r}\n')
        with pytest.raises(Exception, match='row a of configs/benchmarks/clex_ablation.yml'):
            Config.fromfile(path)
    with pytest.raises(FileNotFoundError, match='is now configs/clex/clex_r18_ferplus8.py'):
        get_config('mmfer::clex/clex_r18_ferplus.py')
    assert new_name('clex_r18_rafdb_noise30.py is here') == ''
