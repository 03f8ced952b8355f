"""tools/dataset_tools/make_noise.py from the command line's side."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmfer.datasets import RAFDB
from mmfer.lists.image_table import read_header
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
CONFIG = """
_base_ = {base!r}
model = dict(backbone=dict(
    num_stages=1, out_indices=(0,), strides=(1,), dilations=(1,),
    base_channels=8, stem_channels=8, init_cfg=None),
    head=dict(in_channels=8))
train_dataloader = dict(num_workers=0, dataset=dict(
    data_root={data!r}, noise=dict(kind='symmetric', rate=.9)))
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(
    data_root={data!r}, pipeline=[
        dict(type='LoadImageFromFile'), dict(type='PackInputs')]))
"""


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location(
        'make_noise', ROOT / 'tools/dataset_tools/make_noise.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def make(tool, tmp_path, monkeypatch):
    """Returns a function: arguments -> (header, given labels, clean)."""
    write_rafdb(tmp_path / 'raf', train=70, test=7, size=32)
    config = tmp_path / 'config.py'
    config.write_text(
        CONFIG.format(base=str(ROOT / 'configs/ce/ce_r18_rafdb.py'), data=str(tmp_path / 'raf'))
    )

    def run(*arguments, out='noise.txt'):
        monkeypatch.setattr(
            sys,
            'argv',
            ['make_noise.py', str(config), '--out', str(tmp_path / out), *map(str, arguments)],
        )
        tool.main()
        path = str(tmp_path / out)
        data = RAFDB(str(tmp_path / 'raf'), noise=dict(kind='file', path=path))
        rows = [data.get_data_info(i) for i in range(len(data))]
        return (
            read_header(path),
            np.array([r['gt_label'] for r in rows]),
            np.array([r['clean_label'] for r in rows]),
        )

    return run


@pytest.mark.parametrize('kind', ['symmetric', 'pair', 'asymmetric'])
def test_file_equals_the_kind_of_the_data_set(make, tmp_path, kind):
    header, given, clean = make('--kind', kind, '--rate', 0.3, '--seed', 5)
    assert (
        header['scheme'],
        header['rate'],
        header['seed'],
        header['dataset'],
        header['split'],
    ) == (kind, 0.3, 5, 'RAF-DB', 'train')
    assert header['changed'] == 21 == (given != clean).sum()
    direct = RAFDB(str(tmp_path / 'raf'), noise=dict(kind=kind, rate=0.3, seed=5))
    assert given.tolist() == [direct.get_data_info(i)['gt_label'] for i in range(70)]
    assert (tmp_path / 'noise.png').stat().st_size > 5000


def test_class_map_and_matrix(make, tmp_path):
    header, given, clean = make(
        '--kind', 'asymmetric', '--rate', 1, '--class-map', 'fear=anger', 'sadness=anger'
    )
    assert header['class_map'] == dict(fear='anger', sadness='anger')
    assert np.array_equal(given, np.where((clean == 1) | (clean == 4), 5, clean))
    np.savetxt(tmp_path / 'm.csv', np.eye(7)[::-1], delimiter=',')
    header, given, clean = make('--kind', 'asymmetric', '--matrix', tmp_path / 'm.csv', out='b.txt')
    assert np.array_equal(given, 6 - clean)
    assert header['transition_matrix'] == np.eye(7)[::-1].tolist()


def test_instance_noise_of_scores_and_projection(make, tmp_path):
    scores = np.zeros((70, 7))
    scores[:, 3] = 20.0  # all images look happy
    np.save(tmp_path / 's.npy', scores)
    header, given, clean = make('--kind', 'instance', '--rate', 0.3, '--scores', tmp_path / 's.npy')
    assert (given[given != clean] == 3).all()
    assert header['scores'].startswith('s.npy, sha256 ')
    header, given, clean = make('--kind', 'instance', '--rate', 0.3, '--projection', 1, out='p.txt')
    assert header['changed'] == 21
    assert header['scores'] == 'random projection, seed 1'


def test_instance_noise_of_a_model(make, tmp_path, tool):
    from mmengine.config import Config
    from mmpretrain.registry import MODELS

    cfg = Config.fromfile(tmp_path / 'config.py')
    from mmengine.registry import init_default_scope

    init_default_scope('mmpretrain')
    model = MODELS.build(cfg.model)
    torch.nn.init.zeros_(model.head.fc.weight)
    model.head.fc.bias.data = 20.0 * torch.eye(7)[5]  # sees anger everywhere
    torch.save(model.state_dict(), tmp_path / 'model.pth')
    header, given, clean = make(
        '--kind', 'instance', '--rate', 0.3, '--checkpoint', tmp_path / 'model.pth'
    )
    assert (given[given != clean] == 5).all() and header['changed'] == 21
    assert header['scores'].startswith('model.pth, sha256 ')


def test_other_noise_is_not_written_over(make, tmp_path):
    make('--kind', 'pair', '--rate', 0.1)
    text = (tmp_path / 'noise.txt').read_text()
    make('--kind', 'pair', '--rate', 0.1)  # the same: nothing to do
    with pytest.raises(SystemExit, match='holds something else'):
        make('--kind', 'pair', '--rate', 0.2)
    assert (tmp_path / 'noise.txt').read_text() == text
    assert not list(tmp_path.glob('noise.txt?*'))


@pytest.mark.parametrize(
    'arguments, named',
    [
        (('--kind', 'pair'), 'give --rate'),
        (('--kind', 'instance', '--rate', 0.1), 'takes one of --scores'),
        (('--kind', 'pair', '--rate', 0.1, '--projection', 1), 'and no other'),
        (('--kind', 'pair', '--rate', 0.1, '--class-map', 'a=b'), 'asymmetric'),
        (('--kind', 'asymmetric', '--rate', 0.1, '--class-map', 'fear'), 'is not CLASS=CLASS'),
        (('--kind', 'pepper', '--rate', 0.1), 'pepper'),
    ],
)
def test_arguments(make, capsys, arguments, named):
    with pytest.raises(SystemExit):
        make(*arguments)
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments, named',
    [
        (('--kind', 'pair', '--rate', 30), r'30.0 is outside \[0, 1\]'),
        (('--kind', 'asymmetric', '--rate', 0.1, '--class-map', 'fear=fear'), "'fear' into itself"),
        (('--kind', 'asymmetric', '--matrix', 'none.csv'), 'none.csv'),
        (('--kind', 'instance', '--rate', 0.1, '--scores', 'none.npy'), 'none.npy'),
    ],
)
def test_bad_values_end_with_one_line(make, arguments, named):
    with pytest.raises(SystemExit, match=f'make_noise: .*{named}'):
        make(*arguments)


@pytest.mark.parametrize(
    'name, content',
    [
        ('m.csv', b''),
        ('m.csv', b'0.5,0.5\n0.5,x\n'),
        ('m.csv', b'\xff\xfe'),
        ('m.csv', b'0.5,0.5\n0.5\n'),
        ('m.csv', b'0.5,0.6\n0,1\n'),
        ('m.csv', b'nan,1\n0,1\n'),
        ('m.npy', b'\x93NUMPY'),
        ('m.npy', b'PK\x03\x04'),
        ('m.npy', b''),
    ],
)
def test_a_matrix_that_is_none(tool, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    read = tool.read_matrix
    with pytest.raises(ValueError, match=f'{path}: is no matrix of 2 x 2 probabilities'):
        read(path, 2)
    good = np.array([[0.7, 0.3], [0, 1]])
    np.savetxt(tmp_path / 'm.txt', good)
    np.save(tmp_path / 'm.npy', good)
    assert np.array_equal(read(tmp_path / 'm.txt', 2), read(tmp_path / 'm.npy', 2))
