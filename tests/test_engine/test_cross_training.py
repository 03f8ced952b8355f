"""Training without a fold, on drawn faces."""

import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmfer.datasets import RAFDB
from mmfer.engine.cross_training import check_unseen, train_fold
from mmfer.lists.image_table import write_image_table
from mmfer.synthetic import write_rafdb

FACES = 14
FOLDS = np.arange(FACES) % 2


@pytest.fixture(scope='module')
def faces(tmp_path_factory):
    """The settings of a training set, and the file of its two folds."""
    folder = tmp_path_factory.mktemp('faces')
    write_rafdb(folder / 'raf', train=FACES, test=7, size=16)
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
    names = RAFDB(str(folder / 'raf')).images.names
    write_image_table(str(folder / 'folds.csv'), names, dict(fold=FOLDS), dict(scheme='halves'))
    return dict(
        type='RAFDB', data_root=str(folder / 'raf'), pipeline=pipeline
    ), folder / 'folds.csv'


@pytest.fixture
def train(faces, tiny_config, tmp_path):
    """Returns a function: options of the config -> the checkpoint of fold 0."""
    init_default_scope('mmpretrain')
    dataset, fold_file = faces

    def run(epochs=1, file=fold_file, **options):
        model = {'model.head.num_classes': 7, 'model.head.in_channels': 4}
        cfg = tiny_config(tmp_path / 'unused', **model, **options)
        before = cfg.to_dict()
        path = train_fold(cfg, dataset, file, 0, tmp_path / 'fold_0', epochs)
        assert cfg.to_dict() == before
        return path

    return run


def test_a_fold_is_left_out_and_nothing_validated(train, faces, tmp_path):
    path = train(epochs=2)
    assert path == tmp_path / 'fold_0/epoch_2.pth'
    assert [p.name for p in path.parent.glob('*.pth')] == ['epoch_2.pth']
    assert not (path.parent / 'accuracy.json').exists()
    meta = torch.load(path, weights_only=True)['meta']
    (saw,) = meta['data']['train']
    assert saw['images'] == 7 and 'val' not in meta['data']
    whole = RAFDB(faces[0]['data_root'])
    assert check_unseen(path, whole, np.flatnonzero(FOLDS == 1)) is True
    with pytest.raises(ValueError, match='was trained on other images or labels'):
        check_unseen(path, whole, np.flatnonzero(FOLDS == 0))
    noisy = RAFDB(faces[0]['data_root'], noise=dict(kind='symmetric', rate=1.0))
    with pytest.raises(ValueError, match='was trained on other images or labels'):
        check_unseen(path, noisy, np.flatnonzero(FOLDS == 1))
    bare = tmp_path / 'bare.pth'
    torch.save(torch.load(path, weights_only=True)['state_dict'], bare)
    assert check_unseen(bare, whole, np.flatnonzero(FOLDS == 1)) is False


def test_what_is_done_stays_and_what_was_stopped_goes_on(train):
    path = train(epochs=1)
    stamp = path.stat().st_mtime_ns
    assert train(epochs=1) == path and path.stat().st_mtime_ns == stamp
    # as stopped after the first of two epochs: the settings then named two
    record = path.with_name('settings.json')
    record.write_text(record.read_text().replace('"max_epochs": 1', '"max_epochs": 2'))
    last = train(epochs=2)
    assert torch.load(last, weights_only=True)['meta']['epoch'] == 2
    log = ''.join(file.read_text() for file in sorted(path.parent.glob('*/*.log')))
    assert f'--resume: from {path}' in log and log.count('training without fold 0') == 2
    assert not path.exists()  # one checkpoint is kept


def test_other_settings_are_not_mixed(train, faces, tmp_path):
    train()
    with pytest.raises(ValueError, match=r"settings, see \['optim_wrapper'\] in its settings.json"):
        train(**{'optim_wrapper.optimizer.lr': 0.02})
    with pytest.raises(ValueError, match=r"see \['train_cfg'\]"):
        train(epochs=2)
    # workers change nothing, nor where the folds' file lies
    moved = tmp_path / 'moved.csv'
    moved.write_bytes(faces[1].read_bytes())
    train(file=moved, **{'train_dataloader.num_workers': 1})
    moved.write_text(moved.read_text() + '\n')
    with pytest.raises(ValueError, match=r"see \['train_dataloader'\]"):
        train(file=moved)


def test_settings_of_a_training_that_ended_before_its_first_checkpoint_bind_nobody(train):
    path = train()
    path.unlink()
    assert train(**{'optim_wrapper.optimizer.lr': 0.02}) == path and path.is_file()
    with pytest.raises(ValueError, match=r"see \['optim_wrapper'\]"):
        train()


def test_hooks_that_look_on_and_folders_without_a_record(train, tiny_config_file):
    """Nothing is trained for a hook that only logs, nor since an earlier version did not write
    hooks down."""
    hooks = Config.fromfile(tiny_config_file).custom_hooks
    path = train()
    stamp, record = path.stat().st_mtime_ns, path.with_name('settings.json')
    settings = json.loads(record.read_text())
    types = [hook['type'] for hook in settings['custom_hooks']]
    assert 'EpochSeedHook' in types and 'ProgressHook' not in types
    train(custom_hooks=[hook for hook in hooks if hook.type != 'ProgressHook'])
    with pytest.raises(ValueError, match=r"see \['custom_hooks'\]"):
        train(custom_hooks=[*hooks, dict(type='EMAHook')])
    settings.pop('custom_hooks')
    record.write_text(json.dumps(settings))
    train()
    assert path.stat().st_mtime_ns == stamp
    whole = record.read_bytes()
    for torn in (b'', whole[:-9], b'[1]', b'\xff' + whole):
        record.write_bytes(torn)
        with pytest.raises(ValueError, match='settings.json was cut or edited .*delete it') as one:
            train()
        assert one.type is ValueError


def test_a_whole_model_to_start_from_is_refused(train, tmp_path):
    """It may have seen what the fold's model is to judge unseen."""
    with pytest.raises(ValueError, match="load_from='x.pth': it may have seen .*backbone.init_cfg"):
        train(load_from='x.pth')
    assert not (tmp_path / 'fold_0').exists()
