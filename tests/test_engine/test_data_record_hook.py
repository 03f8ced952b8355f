"""Which data a checkpoint came from, in real runs."""
import torch
from mmengine.runner import Runner
from mmfer.datasets.synthetic import write_rafdb


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


def test_checkpoint_tells_its_data(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    noise = dict(kind='asymmetric', rate=.5, class_map=dict(fear='anger'))
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf',
                          noise=noise)
    runner.train()
    meta = torch.load(
        tmp_path / 'work/epoch_1.pth', weights_only=True)['meta']
    (train, ), (val, ) = meta['data']['train'], meta['data']['val']
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
    assert (f'test data: RAF-DB test, 7 images, 0 labels changed; list '
            f'{val["list_sha256"][:12]}, images {val["content_sha256"][:12]}'
            ) in log


def test_wrapped_and_foreign_data_sets(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    runner = run_on_rafdb(
        tiny_config, tmp_path / 'work', tmp_path / 'raf')
    cfg = tiny_config(tmp_path / 'other')
    dataset = runner.cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(
        type='RepeatDataset', times=2, dataset=dict(
            type='ConcatDataset', datasets=[dataset, dict(dataset,
                                                          indices=7)]))
    cfg.model.head.num_classes = 7
    cfg.train_cfg.max_epochs = 1
    other = Runner.from_cfg(cfg)  # validates on the host's CustomDataset
    other.train()
    data = torch.load(
        tmp_path / 'other/epoch_1.pth', weights_only=True)['meta']['data']
    assert [one['images'] for one in data['train']] == [14, 7]
    assert data['val'] == []


def test_skipped_images_are_listed(tiny_config, tmp_path):
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    path = tmp_path / 'raf/Image/aligned/train_00005_aligned.jpg'
    path.write_bytes(b'not an image')
    runner = run_on_rafdb(tiny_config, tmp_path / 'work', tmp_path / 'raf',
                          on_error='skip')
    runner.train()
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    assert f'1 training images could not be read so far; others were ' \
           f'taken instead:\n  {path}' in log
