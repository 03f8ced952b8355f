"""Which data a checkpoint came from, in real runs."""

import pytest
import torch
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from mmfer.datasets import RAFDB
from mmfer.engine.hooks import data_fingerprint_hook
from mmfer.engine.hooks.data_fingerprint_hook import fingerprints
from mmfer.synthetic import write_rafdb


def run_on_rafdb(tiny_config, work_dir, root, **dataset):
    cfg = tiny_config(work_dir)
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
    common = dict(type='RAFDB', data_root=str(root), pipeline=pipeline)
    cfg.train_dataloader.dataset = dict(common, **dataset)
    cfg.val_dataloader.dataset = dict(common, split='test', test_mode=True)
    cfg.test_dataloader = cfg.val_dataloader
    cfg.model.head.num_classes = 7
    cfg.train_cfg.max_epochs = 1
    runner = Runner.from_cfg(cfg)
    return runner


def test_its_earlier_name():
    old, new = (HOOKS.build(dict(type=f'Data{name}Hook')) for name in ('Record', 'Fingerprint'))
    assert type(old) is type(new) and old.priority == new.priority


def test_checkpoint_tells_its_data(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    noise = dict(kind='asymmetric', rate=0.5, class_map=dict(fear='anger'))
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf', noise=noise)
    runner.train()
    meta = torch.load(tmp_path / 'work/epoch_1.pth', weights_only=True)['meta']
    (train,), (val,) = meta['data']['train'], meta['data']['val']
    assert train == runner.train_dataloader.dataset.fingerprint
    assert type(train['noise']) is dict and train['noise'] == noise
    assert (train['images'], train['changed']) == (14, 1)
    assert (val['split'], val['images'], val['changed']) == ('test', 7, 0)
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    assert f'list {train["list_sha256"][:12]}' in log
    # a second run on the same data tells the same
    again = run_on_rafdb(tiny_config, tmp_path / 'again', tmp_path / 'raf')
    again.test()
    log = next((tmp_path / 'again').rglob('*.log')).read_text()
    assert (
        f'test data: RAF-DB test, 7 images, 0 labels changed; list {val["list_sha256"][:12]}, '
        f'images {val["content_sha256"][:12]}'
    ) in log


@pytest.mark.parametrize(
    'given',
    [
        dict(noise=dict(kind='pair', rate=0.5)),
        dict(on_error='skip'),
        dict(candidates=dict(kind='votes', rule='all')),
    ],
)
def test_nothing_is_tested_with_noise_in_a_wrapper(tiny_config, tmp_path, given):
    # what the host's kfold-cross-valid tool makes of a training set
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf')
    dataset = dict(runner.cfg.train_dataloader.dataset, **given)
    cfg = tiny_config(tmp_path / 'folds')
    fold = dict(type='KFoldDataset', dataset=dataset, fold=0, num_splits=7)
    cfg.train_dataloader.dataset = dict(fold, test_mode=False)
    cfg.val_dataloader.dataset = dict(fold, test_mode=True)
    cfg.test_dataloader = cfg.val_dataloader
    cfg.model.head.num_classes = 7
    runner = Runner.from_cfg(cfg)
    for run, phase in ((runner.train, 'val'), (runner.test, 'test')):
        with pytest.raises(
            ValueError, match=f'the {phase} data, RAFDB train, have .*{next(iter(given))}'
        ):
            run()


def test_folds_and_subsets_have_their_own_fingerprints(tmp_path):
    from mmengine.registry import init_default_scope
    from mmpretrain.datasets import KFoldDataset
    from torch.utils.data import Subset

    init_default_scope('mmpretrain')
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    whole = RAFDB(str(tmp_path / 'raf'))
    config = dict(type='RAFDB', data_root=str(tmp_path / 'raf'))
    folds = [
        KFoldDataset(config, fold=fold, num_splits=7, test_mode=test)
        for fold in (0, 1)
        for test in (False, True)
    ]
    prints = [
        fingerprints(one)[0]
        for one in (
            *folds,
            whole,
            Subset(whole, [3, 1]),
            Subset(folds[0], [5, 1]),
            whole.get_subset([2, 5, 6]),
        )
    ]
    assert [one['images'] for one in prints] == [12, 2, 12, 2, 14, 2, 2, 3]
    assert len({one['list_sha256'] for one in prints}) == 8
    paths = [folds[0].get_data_info(i)['img_path'] for i in (5, 1)]
    every = [whole.get_data_info(i)['img_path'] for i in range(14)]
    chosen = [every.index(path) for path in paths]
    assert prints[6] == fingerprints(Subset(whole, chosen))[0]


def test_resuming_on_other_labels_is_told(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    noise = dict(kind='pair', rate=0.5)
    run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf', noise=noise).train()
    logs = []
    for name, given in (('same', noise), ('other', dict(noise, seed=1))):
        runner = run_on_rafdb(tiny_config, tmp_path / name, tmp_path / 'raf', noise=given)
        runner._load_from = str(tmp_path / 'work/epoch_1.pth')
        runner._resume = True
        runner.train_loop._max_epochs = 2
        runner.train()
        logs.append(next((tmp_path / name).rglob('*.log')).read_text())
    assert ['resumed on other training data' in log for log in logs] == [False, True]


def test_wrapped_and_foreign_data_sets(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf')
    cfg = tiny_config(tmp_path / 'other')
    dataset = runner.cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(
        type='RepeatDataset',
        times=2,
        dataset=dict(type='ConcatDataset', datasets=[dataset, dict(dataset, indices=7)]),
    )
    cfg.val_dataloader.dataset.metainfo = dict(classes=['surprise', 'fear', 'disgust'])
    cfg.model.head.num_classes = 7
    cfg.train_cfg.max_epochs = 1
    other = Runner.from_cfg(cfg)  # validates on the host's CustomDataset
    other.train()
    data = torch.load(tmp_path / 'other/epoch_1.pth', weights_only=True)['meta']['data']
    assert [one['images'] for one in data['train']] == [14, 7]
    assert data['val'] == []


def test_skipped_images_are_listed(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    path = tmp_path / 'raf/Image/aligned/train_00005_aligned.jpg'
    path.write_bytes(b'not an image')
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf', on_error='skip')
    runner.train()
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    assert (
        f'1 training images could not be read so far; others were taken instead:\n  {path}' in log
    )


def test_missing_images_are_listed(tiny_config, tmp_path, monkeypatch):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    images = tmp_path / 'raf/Image/aligned'
    names = ['train_00005', 'train_00002']
    for name in names:
        (images / f'{name}_aligned.jpg').rename(tmp_path / name)
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf', on_missing='skip')
    runner.train()
    listed = tmp_path / 'work/missing_images.txt'
    assert listed.read_text() == ''.join(f'{images / n}_aligned.jpg\n' for n in sorted(names))
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    assert f'2 training images are missing, listed in {listed}' in log
    (train,) = torch.load(tmp_path / 'work/epoch_1.pth', weights_only=True)['meta']['data']['train']
    assert train['images'] == 12
    # processes have to agree; and the list is that of the last start
    hook = HOOKS.build(dict(type='DataFingerprintHook'))
    hook.before_run(runner)
    with monkeypatch.context() as patch:
        patch.setattr(data_fingerprint_hook, 'all_gather_object', lambda own: [own, own[:1]])
        with pytest.raises(ValueError, match='different training images, 2 and 1, .*00005'):
            hook.before_train(runner)
    runner.train_dataloader.dataset.missing.clear()
    hook.before_train(runner)
    assert not listed.exists()
