"""How tools/train.py reads its arguments."""

import importlib.util
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture
def train():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location('tools_train', TOOLS / 'train.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def merged(train, tiny_config_file, tmp_path, monkeypatch):
    """Returns a function: command line -> config and log lines."""

    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['train.py', str(tiny_config_file), *arguments])
        args = train.parse_args()
        cfg = Config.fromfile(args.config)
        lines = train.merge_args(cfg, args)
        return cfg, lines + train.enter(cfg, args)[1]

    return run


def test_defaults(merged, tiny_config_file):
    cfg, lines = merged()
    assert cfg.work_dir == f'./work_dirs/{tiny_config_file.stem}'
    assert not cfg.resume and cfg.launcher == 'none'
    assert lines == ['1 process x 4 images = batch 4, lr 0.01 as in the config']


def test_options_count_before_they_are_used(merged):
    cfg, lines = merged(
        '--cfg-options',
        'total_batch_size=6',
        'optim_wrapper.optimizer.lr=0.5',
        'train_dataloader.num_workers=1',
        'work_dir=here',
    )
    assert lines == ['1 process x 6 images = batch 6, lr 0.5 as in the config']
    assert cfg.work_dir == 'here'


def test_own_batch_size_beats_the_published_total(merged, tiny_config_file):
    tiny_config_file.write_text(tiny_config_file.read_text() + 'total_batch_size = 4\n')
    assert merged()[0].train_dataloader.batch_size == 4
    cfg, _ = merged('--cfg-options', 'train_dataloader.batch_size=3')
    assert cfg.train_dataloader.batch_size == 3


def test_noise_names_the_work_dir(merged, tiny_config_file):
    cfg, _ = merged('--noise', 'asymmetric:.2:1')
    assert cfg.train_dataloader.dataset.noise == dict(kind='asymmetric', rate=0.2, seed=1)
    assert cfg.work_dir == f'./work_dirs/{tiny_config_file.stem}_asymmetric20_seed1'
    assert merged('--noise', 'pair:.1', '--work-dir', 'mine')[0].work_dir == 'mine'


def test_noise_instead_of_that_in_the_name(train, monkeypatch):
    config = TOOLS.parent / 'configs/clex/clex_r18_rafdb_noise30.py'
    monkeypatch.setattr(sys, 'argv', ['train.py', str(config), '--noise', 'symmetric:.2'])
    args, cfg = train.parse_args(), Config.fromfile(config)
    train.merge_args(cfg, args)
    assert cfg.work_dir == './work_dirs/clex_r18_rafdb_symmetric20'


def test_a_misspelt_variable(merged):
    with pytest.raises(ValueError, match="total_batchsize: .*did you mean 'total_batch_size'"):
        merged('--cfg-options', 'total_batchsize=6')
    with pytest.raises(ValueError, match="did you mean 'optim_wrapper'"):
        merged('--cfg-options', 'optim_wraper.optimizer.lr=1')
    cfg, _ = merged('--cfg-options', 'compile=True', 'auto_scale_lr.base_batch_size=8', 'mine=1')
    assert cfg.mine == 1


@pytest.mark.parametrize(
    'words, told',
    [
        (('--noise', 'gauss:.2'), 'e.g. asymmetric:.2'),
        (('--init', 'nothing'), 'allowed are face:'),
        (('--init', 'face:'), 'allowed are face:'),
    ],
)
def test_other_words_are_an_error_of_usage(merged, capsys, words, told):
    with pytest.raises(SystemExit):
        merged(*words)
    assert told in capsys.readouterr().err


def test_init_comes_before_options(merged):
    cfg, lines = merged('--init', 'face:x.pth')
    assert cfg.model.backbone.init_cfg == dict(
        type='FaceWeights', checkpoint='x.pth', keys='torchvision'
    )
    assert '--init face:x.pth: FaceWeights' in lines
    cfg, _ = merged(
        '--init', 'face:x.pth', '--cfg-options', 'model.backbone.init_cfg.keys=mobilefacenet'
    )
    assert cfg.model.backbone.init_cfg['keys'] == 'mobilefacenet'


def test_init_is_of_the_backbone_that_options_make(merged, tiny_config_file):
    tiny_config_file.write_text(tiny_config_file.read_text().replace('_channels=4', '_channels=64'))
    cfg, _ = merged('--init', 'imagenet', '--cfg-options', 'model.backbone.depth=50')
    assert 'resnet50' in cfg.model.backbone.init_cfg.checkpoint
    with pytest.raises(ValueError, match='no weights of a ResNet 101'):
        merged('--init', 'imagenet', '--cfg-options', 'model.backbone.depth=101')


def test_no_validate(merged):
    cfg, _ = merged('--no-validate')
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None


def test_resume_takes_the_newest(merged, tmp_path):
    import torch

    for epoch in (1, 2):
        torch.save({}, tmp_path / f'epoch_{epoch}.pth')
    cfg, _ = merged('--resume', '--work-dir', str(tmp_path))
    assert cfg.resume and cfg.load_from == str(tmp_path / 'epoch_2.pth')
    cfg, _ = merged('--work-dir', str(tmp_path), '--resume', str(tmp_path / 'epoch_1.pth'))
    assert cfg.resume and cfg.load_from == str(tmp_path / 'epoch_1.pth')


def test_a_config_that_says_resume(merged, tmp_path):
    import torch

    for epoch in (1, 2):
        torch.save({}, tmp_path / f'epoch_{epoch}.pth')
    (tmp_path / 'epoch_2.pth').write_bytes(b'torn')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_2.pth'))
    cfg, lines = merged('--work-dir', str(tmp_path), '--cfg-options', 'resume=True')
    assert cfg.resume and cfg.load_from == str(tmp_path / 'epoch_1.pth')
    assert 'epoch_2.pth is passed over: cut off after 4 bytes' in lines[1]
    assert lines[2] == f'--resume: from {tmp_path / "epoch_1.pth"}'


def test_resume_does_not_need_the_initial_weights(merged, tmp_path, tiny_config_file):
    import torch

    tiny_config_file.write_text(
        tiny_config_file.read_text()
        + "model['backbone']['init_cfg'] = dict(type='FaceWeights', checkpoint='gone.pth')\n"
    )
    assert merged('--work-dir', str(tmp_path / 'new'))[0].model.backbone.init_cfg
    torch.save({}, tmp_path / 'epoch_1.pth')
    cfg, _ = merged('--resume', '--work-dir', str(tmp_path))
    assert cfg.model.backbone.init_cfg is None


def test_resume_from_nothing_is_told(merged, tmp_path):
    cfg, lines = merged('--resume', '--work-dir', str(tmp_path / 'new'))
    assert not cfg.resume
    assert any('no checkpoint, so training starts at epoch 1' in line for line in lines)
    with pytest.raises(FileNotFoundError, match='missing.pth: no such file'):
        merged('--resume', 'missing.pth')


def test_tracker(merged):
    cfg, _ = merged('--tracker', 'tensorboard')
    assert [one['type'] for one in cfg.visualizer.vis_backends] == [
        'LocalVisBackend',
        'TensorboardVisBackend',
    ]
