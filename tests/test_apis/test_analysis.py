"""What tools that look into results share."""

import argparse
import pickle
import sys
from pathlib import Path

import cv2
import mmengine
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmfer.apis.analysis import (
    batches,
    build_network,
    check_reads_back,
    class_names,
    errors_in_one_line,
    label_parser,
    parse_labels,
    parse_picture,
    picture_parser,
    print_table,
    read_config,
    read_results,
    results_parser,
    run_name,
    without,
)

CONFIG = """
default_scope = 'mmpretrain'
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, num_stages=1, out_indices=(0, ), strides=(1, ),
                  dilations=(1, ), base_channels=4, stem_channels=4,
                  init_cfg=dict(type='Pretrained', checkpoint='there/is/none.pth')),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=3, in_channels=4))
test_dataloader = dict(dataset=dict(
    type='CustomDataset', data_root='nowhere', classes=['calm', 'glad', 'sad']))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(CONFIG)
    return path


@pytest.fixture
def parse(monkeypatch, tmp_path):
    """Returns a function: arguments -> what picture_parser makes of them."""
    (tmp_path / 'epoch_1.pth').touch()

    def go(*arguments) -> argparse.Namespace:
        words = ['tool', 'config.py', tmp_path / 'epoch_1.pth', '--out', 'a.png', *arguments]
        monkeypatch.setattr(sys, 'argv', list(map(str, words)))
        parser = picture_parser('draws', 'a config', num=4)
        parser.add_argument('--images', type=Path, nargs='+')
        return parse_picture(parser)

    return go


def test_arguments_of_pictures(parse, capsys):
    args = parse()
    assert (args.num, args.seed, args.out, args.images) == (4, 0, Path('a.png'), None)
    assert parse('--num', 2, '--images', Path(__file__)).images == [Path(__file__)]
    for arguments, said in (
        (('--num', 0), '--num 0: at least 1 image is needed'),
        (('--images', 'none.png'), 'none.png: no such file'),
    ):
        with pytest.raises(SystemExit):
            parse(*arguments)
        assert said in capsys.readouterr().err


def test_arguments_of_results():
    args = results_parser('compares').parse_args(['config.py', 'a.pkl', 'b.pkl'])
    assert args.config == 'config.py' and args.results == [Path('a.pkl'), Path('b.pkl')]


def test_a_config_with_its_classes_and_network(config):
    cfg = read_config(config, {'model.head.num_classes': 5})
    assert isinstance(cfg, Config) and class_names(cfg) == ('calm', 'glad', 'sad')
    network = build_network(cfg)  # the initial weights are not looked for
    assert network.head.fc.weight.shape == (5, 4)
    assert not any(module.training for module in network.modules())
    assert cfg.model.backbone.init_cfg.type == 'Pretrained'  # the config stays


def test_batches_are_those_of_a_validation_in_order(config, tmp_path):
    cfg = read_config(config, dict(val_dataloader=dict(batch_size=2, shuffle=True)))
    for label, name in enumerate(('calm', 'glad', 'sad')):
        (tmp_path / name).mkdir()
        assert cv2.imwrite(str(tmp_path / name / 'a.png'), np.full((4, 4, 3), label, np.uint8))
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
    data = dict(type='CustomDataset', data_root=str(tmp_path), pipeline=pipeline)
    found = list(batches(cfg, data, 'looking'))
    assert [batch['inputs'].unique().tolist() for batch in found] == [[0, 1], [2]]
    assert [int(one.gt_label) for batch in found for one in batch['data_samples']] == [0, 1, 2]


def test_settings_but_for_some():
    given = dict(type='RAFDB', noise=1, pipeline=2)
    assert without(given, 'noise', 'none', pipeline=[]) == dict(type='RAFDB', pipeline=[])
    assert given == dict(type='RAFDB', noise=1, pipeline=2)


def test_arguments_of_label_files(monkeypatch, tmp_path, capsys):
    def go(out):
        words = ['tool', 'config.py', '--out', str(tmp_path / out), '--cfg-options', 'a.b=1']
        monkeypatch.setattr(sys, 'argv', words)
        return parse_labels(label_parser('draws', 'its training set is taken'))

    args = go('k.2.txt')
    assert (args.out, args.stem) == (tmp_path / 'k.2.txt', str(tmp_path / 'k.2'))
    assert args.cfg_options == {'a.b': 1} and args.seed == 0
    assert go('k.csv').stem == str(tmp_path / 'k.csv')
    with pytest.raises(SystemExit):
        go('')
    assert 'is a folder; name a file' in capsys.readouterr().err


def test_a_file_that_does_not_read_back_is_removed(tmp_path):
    def refuse():
        raise ValueError('no class')

    path = tmp_path / 'labels.txt'
    path.touch()
    check_reads_back(path, lambda: [1, 2], np.array([1, 2]))
    assert path.exists()
    for error, read in ((RuntimeError, lambda: [2, 1]), (ValueError, refuse)):
        path.touch()
        with pytest.raises(error, match='would not read back|no class'):
            check_reads_back(path, read, np.array([1, 2]))
        assert not path.exists()


def test_errors_end_a_program_with_one_line():
    for error, said in ((ValueError('k=8'), 'tool: k=8'), (KeyError('no x'), 'tool: no x')):
        with pytest.raises(SystemExit) as caught, errors_in_one_line('tool', KeyError):
            raise error
        assert caught.value.code == said
    with pytest.raises(SystemExit, match="tool: .*No such file or directory: 'none'"):
        with errors_in_one_line('tool'):
            open('none')
    with pytest.raises(KeyError), errors_in_one_line('tool'):
        raise KeyError('a mistake of ours')


def test_the_name_of_a_run(tmp_path, monkeypatch):
    (tmp_path / 'clex').mkdir()
    monkeypatch.chdir(tmp_path / 'clex')
    assert run_name(Path('epoch_3.pth')) == 'clex, epoch_3'


def test_results(tmp_path):
    labels = ((2, 1, 'a.png'), (0, 0, 'b.png'))
    samples = [
        dict(gt_label=torch.tensor([one]), pred_label=torch.tensor([other]), img_path=name)
        for one, other, name in labels
    ]
    path = tmp_path / 'ce.pkl'
    mmengine.dump(samples, path)
    read, target, prediction = read_results(path, 'img_path')
    assert [sample['img_path'] for sample in read] == ['a.png', 'b.png']
    assert target.tolist() == [2, 0] and prediction.tolist() == [1, 0]
    with pytest.raises(ValueError, match=r'ce.pkl holds no predictions of images; write it with'):
        read_results(path, 'gt_score')
    for other in ([], {'accuracy/top1': 50.0}, [dict(pred_label=1)]):
        mmengine.dump(other, path)
        with pytest.raises(ValueError, match='holds no predictions'):
            read_results(path)


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'no pickle',
        pickle.dumps([dict(gt_label=1, pred_label=1), dict(gt_label=1)]),
        pickle.dumps([dict(gt_label='x', pred_label=1)]),
        pickle.dumps([dict(gt_label=float('inf'), pred_label=1)]),
        pickle.dumps([dict(gt_label=torch.ones(2), pred_label=1)]),
        pickle.dumps([dict(gt_label=1, pred_label=1)])[:-4],
        pickle.dumps(pytest.raises),
    ],
)
def test_damaged_results_are_named(tmp_path, content):
    path = tmp_path / 'ce.pkl'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'{path} .*write it with'):
        read_results(path)


def test_a_table_is_as_wide_as_its_words(capsys):
    long = 'a name of a run that is longer than eighty characters ' * 2
    print_table(
        ['run', 'accuracy\nin %'], [[[long, '50.00']], [['ce', '9.00']]], 'one table of two runs'
    )
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0].strip().startswith('one table')
    (row,) = [line for line in lines if line.startswith(f' {long.strip()}')]
    assert row.endswith(' 50.00')
    (last,) = [line for line in lines if line.startswith(' ce ')]
    assert last.endswith(' 9.00') and len(last) == len(row)  # numbers lie to the right
