"""Nothing that a run is validated or tested on is trained on: real runs, two processes."""

import os
import shutil

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from mmfer.engine.cli import build_runner
from mmfer.engine.hooks import held_out
from mmfer.engine.hooks.held_out import compare_sets, name_held_out, without_pipeline
from mmfer.synthetic import write_affectnet, write_ferplus, write_rafdb

OWN = dict(type='FERFolder', classes=['a', 'b'])


@pytest.fixture(autouse=True)
def host_scope():
    init_default_scope('mmpretrain')


@pytest.fixture
def check(tmp_path, told):
    """Compares data sets of one folder, by their configs; returns what is told, or raises."""

    def run(train, val=None, test=None, named=True):
        root = dict(data_root=str(tmp_path / 'data'))
        sets = [
            one and ({**root, **one} if 'dataset' not in one else one) for one in (train, val, test)
        ]
        names = ('train_dataloader', 'val_dataloader', 'test_dataloader')
        cfg = Config({name: dict(dataset=one) for name, one in zip(names, sets) if one})
        if named:
            name_held_out(cfg)
        built = [DATASETS.build(cfg[name].dataset) if name in cfg else None for name in names[:2]]
        told.clear()
        refused = compare_sets(MMLogger.get_current_instance(), *built, sets[2])
        if refused:
            raise ValueError(refused)
        return [line for line in told if 'training images' in line or 'WARNING' in line]

    return run


@pytest.fixture
def own(tmp_path):
    """Class folders and tables; no image is there twice."""
    root, rng = tmp_path / 'data', np.random.default_rng(0)
    rows = []
    for split, count in (('train', 6), ('valid', 4), ('test', 4)):
        for i in range(count):
            name = f'{split}/{"ab"[i % 2]}/{split}{i}.png'
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / name), rng.integers(0, 256, (12, 10, 3), dtype=np.uint8))
            rows.append(f'{name},{"ab"[i % 2]},{split}')
    (root / 'all.csv').write_text('\n'.join(['path,label,split', *rows]))
    for name, chosen in (('train.csv', rows[:6]), ('valid.csv', rows[6:10])):
        (root / name).write_text('\n'.join(['path,label', *(r.rpartition(',')[0] for r in chosen)]))
    return root


# --- the owners' splits


@pytest.mark.parametrize(
    'write, train_set, held',
    [
        (write_rafdb, dict(type='RAFDB'), 'test'),
        (write_ferplus, dict(type='FERPlus'), 'valid'),
        (write_affectnet, dict(type='AffectNet'), 'valid'),
    ],
)
def test_published_copies_are_told(write, train_set, held, check, tmp_path):
    root = tmp_path / 'data'
    write(root, train=16, size=32, **{held: 8})
    (line,) = check(train_set, dict(train_set, split=held))
    assert line.startswith('INFO none of the ') and line.endswith('8 images), by bytes')
    pictures = sorted(path for path in root.rglob('*.*') if path.suffix in ('.jpg', '.png'))
    for path in pictures[1:]:
        shutil.copy(pictures[0], path)
    for path in root.glob('Manually_Annotated_file_lists/*.csv'):  # the same face of them
        lines = [line.split(',') for line in path.read_text().splitlines()]
        rows = [[row[0], '0', '0', '32', '32', *row[5:]] if '/' in row[0] else row for row in lines]
        path.write_text('\n'.join(','.join(row) for row in rows))
    (line,) = check(train_set, dict(train_set, split=held))
    assert line.startswith('WARNING 16 of the 16 training images')
    assert 'as their owners split the images' in line
    assert "train_dataloader.dataset.copies='drop' leaves them out" in line
    assert 'jpg has the bytes of' in line or 'png has the bytes of' in line


def test_the_validation_split_is_not_trained_on_and_validated_on(check, tmp_path):
    write_ferplus(tmp_path / 'data', train=16, valid=8, test=8, size=32)
    both = dict(type='FERPlus', split='train+valid')
    with pytest.raises(ValueError, match=r'FERPlus train\+valid.* is in both.*different splits'):
        check(both, dict(type='FERPlus', split='valid'))
    # nor as the test set alone
    with pytest.raises(ValueError, match='in the test set .FERPlus valid'):
        check(both, dict(type='FERPlus', split='test'), dict(type='FERPlus', split='valid'))
    check(both, dict(type='FERPlus', split='test'))


def test_affectnets_validation_list_as_a_training_set(check, tmp_path):
    """The run validates on it, on another data set, or on nothing."""
    write_affectnet(tmp_path / 'data', train=16, valid=8, size=32)
    listed = dict(type='AffectNet', data_prefix='Manually_Annotated_Images')
    lists = 'Manually_Annotated_file_lists'
    wrong = dict(listed, ann_file=f'{lists}/validation.csv')
    for val in (dict(type='AffectNet', split='valid'), None):
        role = 'validation' if val else 'held-out'
        with pytest.raises(ValueError, match=rf'8 of the 8 training images .* {role} set .Affect'):
            check(wrong, val)
    # some of the training list are right, whatever copies the owners left between the two
    lines = (tmp_path / 'data' / lists / 'training.csv').read_text().splitlines()
    (tmp_path / 'data' / lists / 'some.csv').write_text('\n'.join(lines[:9]))
    some = dict(listed, ann_file=f'{lists}/some.csv')
    valid = dict(type='AffectNet', split='valid')
    told = check(some, valid)
    assert 'AffectNet valid, 8 images), by bytes and pixels' in told[0]
    pictures = sorted((tmp_path / 'data').rglob('*.jpg'))
    for path in pictures[1:]:
        shutil.copy(pictures[0], path)
    (line,) = check(dict(some, indices=1), valid)
    assert 'WARNING 1 of the 1 training images' in line and 'as their owners split' in line
    assert line.count('.jpg') == 2


# --- own tables and folders


def copy_one(own, how):
    """One validation image becomes a training image; the two files."""
    one, other = own / 'valid/a/valid0.png', own / 'train/b/train1.png'
    other.unlink()
    if how == 'pixels':
        cv2.imwrite(str(own / 'other.bmp'), cv2.imread(str(one)))
        (own / 'other.bmp').rename(other)
    elif how == 'link':
        os.symlink(one, other)
    else:
        shutil.copy(one, other)
    return other, one


OWN_LAYOUTS = [
    (OWN, dict(OWN, split='valid')),
    (dict(OWN, ann_file='all.csv'), dict(OWN, ann_file='all.csv', split='valid')),
    (dict(OWN, ann_file='train.csv'), dict(OWN, ann_file='valid.csv', split='all')),
    (dict(OWN, ann_file='train.csv'), dict(OWN, ann_file='valid.csv')),
]


@pytest.mark.parametrize('how', ['bytes', 'pixels', 'link'])
@pytest.mark.parametrize('train_set, val', OWN_LAYOUTS)
def test_own_copies_are_refused_and_named(how, train_set, val, check, own):
    other, one = copy_one(own, how)
    said = {'bytes': 'has the bytes of', 'pixels': 'has the pixels of', 'link': 'is the file'}[how]
    with pytest.raises(ValueError) as raised:
        check(train_set, val)
    text = str(raised.value)
    assert text.startswith('1 of the 6 training images (own train, ')
    assert f'in the validation set (own {val.get("split", "train")}, ' in text
    assert f'{other} {said} {one}' in text and "copies='drop'" in text and '\n' not in text


@pytest.mark.parametrize('train_set, val', OWN_LAYOUTS)
def test_own_copies_are_dropped_or_insisted_on(train_set, val, check, own):
    for line in (told := check(train_set, val)):
        assert line.startswith('INFO none of the 6 training images (own train)')
        assert line.endswith('by bytes and pixels')
    assert len(told) == 2  # the data set's own test images, too
    copy_one(own, 'bytes')
    assert 'none of the 5 training images' in check(dict(train_set, copies='drop'), val)[0]
    (line,) = check(dict(train_set, copies='ignore'), val)
    assert line.startswith("WARNING copies='ignore': it was not looked at")


def test_what_drop_lacks_is_told(check, own):
    """Where a script of one's own builds the runner."""
    copy_one(own, 'bytes')
    (own / 'valid').rename(own / 'moved')
    (own / 'valid.csv').write_text((own / 'valid.csv').read_text().replace('valid/', 'moved/'))
    train_set, val = dict(OWN_LAYOUTS[2][0], copies='drop'), OWN_LAYOUTS[2][1]
    with pytest.raises(ValueError, match='name that data set in held_out of the training set'):
        check(train_set, val, named=False)
    check(train_set, val)


def test_its_own_test_rows_are_no_training_images(check, own):
    """Of the table or beside it, though the run validates on others."""
    shutil.copy(own / 'test/a/test0.png', own / 'train/a/train0.png')
    for train_set, val in OWN_LAYOUTS[:2]:
        with pytest.raises(ValueError, match='in the held-out set .own test.*test0.png'):
            check(train_set, val)
    # a table may divide the folders in another way
    for train_set, val in OWN_LAYOUTS[2:]:
        (line,) = [line for line in check(train_set, val) if 'WARNING' in line]
        assert '1 of the 6 training images' in line and 'in the unused set (own test' in line
    (own / 'train.csv').write_text('path,label\ntest/a/test0.png,a\nvalid/b/valid1.png,b\n')
    (own / 'valid.csv').write_text('path,label\ntrain/a/train2.png,a\n')
    told = check(*OWN_LAYOUTS[2])
    assert [line.split()[0] for line in told] == ['INFO', 'WARNING', 'WARNING']


@pytest.mark.parametrize('ann_file', ['all.csv', 'train.csv'])
def test_all_of_a_table_for_both(ann_file, check, own):
    everything = dict(OWN, ann_file=ann_file, split='all')
    with pytest.raises(ValueError, match='is in both.*give the two different splits'):
        check(everything, everything)
    if ann_file == 'all.csv':
        with pytest.raises(ValueError, match='4 of the 14 training images'):
            check(everything, dict(everything, split='valid'))
    assert check(everything) == []  # all that there is, for others to test


def test_all_class_folders_for_both(check, own):
    folders = dict(OWN, data_root=str(own / 'train'), split='all')
    with pytest.raises(ValueError, match='6 of the 6 training images .own all.*is in both'):
        check(folders, folders)


def test_another_data_set(check, own, tmp_path):
    """RAF-DB's images in one's own test set."""
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    shutil.copy(tmp_path / 'raf/Image/aligned/train_00002_aligned.jpg', own / 'test/a/test0.png')
    raf, val = dict(type='RAFDB', data_root=str(tmp_path / 'raf')), dict(OWN, split='test')
    with pytest.raises(ValueError, match='train_00002_aligned.jpg has the bytes of .*test0.png'):
        check(raf, dict(raf, split='test'), dict(val, data_root=str(own)))
    told = check(dict(raf, copies='drop'), dict(raf, split='test'), val)
    assert len(told) == 2 and all('none of the 13 training images' in line for line in told)


# --- meant


@pytest.mark.parametrize('settings', [{}, dict(indices=3), dict(ann_file='all.csv')])
def test_the_training_accuracy(settings, check, own):
    """The same split, said so."""
    own_set = dict(OWN, ann_file=settings.get('ann_file', ''))
    line = check(own_set, dict(OWN, **settings))[0]
    assert line.startswith(f'WARNING {settings.get("indices", 6)} of the 6 training images')
    assert 'its figures are those of training' in line
    # to look at the training accuracy of a set without copies has no held-out images
    check(dict(own_set, copies='drop'), dict(OWN, **settings))


def test_folds(check, own):
    """Of one set they are disjoint; copies in two folds are told; other folds are refused."""
    settings = dict(OWN, data_root=str(own))
    fold = dict(type='KFoldDataset', dataset=settings, num_splits=3, seed=0, fold=0)
    pair = dict(fold, test_mode=False), dict(fold, test_mode=True)
    assert 'none of the 4 training images (own train) is in the validation set' in check(*pair)[0]
    pictures = sorted(own.glob('train/*/*.png'))
    for path in pictures[1:]:
        shutil.copy(pictures[0], path)
    assert 'another part of the same split' in check(*pair)[0]
    with pytest.raises(ValueError, match='2 of the 4 training images'):
        check(pair[0], dict(pair[1], fold=1))


def test_data_sets_of_the_host_are_told(check, own):
    host = dict(type='CustomDataset', data_root=str(own / 'train'))
    (line,) = check(host, host)
    assert line.startswith('WARNING 6 of the 6 training images (CustomDataset, ')
    assert 'figures are of images that were trained on' in line
    # one of ours has a way to insist
    with pytest.raises(ValueError, match='validation set .CustomDataset'):
        check(OWN, host)


def test_a_test_set_that_is_not_there(check, own):
    absent = dict(OWN, data_root=str(own / 'no'), split='test')
    told = check(OWN, dict(OWN, split='valid'), absent)
    assert told[0].startswith('WARNING the test set cannot be read')


# --- what a config holds out


def test_configs_name_what_is_held_out():
    pipeline = [dict(type='PackInputs')]
    val = dict(type='RAFDB', split='test', pipeline=pipeline)
    cfg = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(
                    type='ConcatDataset',
                    datasets=[
                        dict(OWN, copies='drop'),
                        OWN,
                        dict(type='UnlabelledFER', datasets=[]),
                        dict(type='UnlabelledFER', datasets=[], copies='ignore'),
                        dict(OWN, copies='drop', held_out=[]),
                    ],
                )
            ),
            val_dataloader=dict(dataset=val),
            test_dataloader=dict(dataset=val),
        )
    )
    name_held_out(cfg)
    found = [one.get('held_out') for one in cfg.train_dataloader.dataset.datasets]
    plain = dict(type='RAFDB', split='test')
    assert found == [[plain], None, [plain], None, []]
    # neither folds nor the training split itself
    cfg.train_dataloader.dataset = dict(type='RAFDB', copies='drop')
    cfg.val_dataloader.dataset = dict(type='KFoldDataset', dataset=val, fold=0)
    cfg.test_dataloader.dataset = dict(type='RAFDB', pipeline=pipeline)
    name_held_out(cfg)
    assert 'held_out' not in cfg.train_dataloader.dataset
    name_held_out(Config())
    assert without_pipeline(dict(dataset=val, pipeline=[])) == dict(dataset=plain)


# --- runs


def tiny(make_config, own, work_dir):
    cfg = make_config(work_dir, **{'train_cfg.max_epochs': 1, 'model.head.num_classes': 2})
    loaders = cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader
    for loader, split in zip(loaders, ('train', 'valid', 'valid')):
        settings = dict(OWN, data_root=str(own), split=split, test_mode=split != 'train')
        loader.dataset = dict(settings, pipeline=loader.dataset.pipeline)
    return cfg


def test_a_run_is_refused_or_goes_on_without_copies(tiny_config, own, tmp_path):
    copy_one(own, 'bytes')
    cfg = tiny(tiny_config, own, tmp_path / 'refused')
    with pytest.raises(ValueError, match='1 of the 6 training images'):
        build_runner(cfg).train()
    assert not list((tmp_path / 'refused').glob('*.pth'))
    cfg = tiny(tiny_config, own, tmp_path / 'work')
    cfg.train_dataloader.dataset.copies = 'drop'
    build_runner(cfg).train()
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    assert 'none of the 5 training images' in log and (tmp_path / 'work/epoch_1.pth').is_file()
    assert log.count('in the validation set') == 1 and 'in the test set' not in log  # the same


def test_the_other_process_ends_as_well(tiny_config, own, tmp_path, monkeypatch):
    """The main one compares; all raise what it found."""
    runner = build_runner(tiny(tiny_config, own, tmp_path / 'work'))
    runner.train()
    monkeypatch.setattr(held_out, 'is_main_process', lambda: False)
    monkeypatch.setattr(held_out, 'compare_sets', None)  # not called
    held_out.check_held_out(runner)

    def broadcast(outcome):
        outcome[0] = 'found'

    monkeypatch.setattr(held_out, 'broadcast_object_list', broadcast)
    with pytest.raises(ValueError, match='found'):
        held_out.check_held_out(runner)
