"""tools/dataset_tools/make_candidates.py, end to end on synthetic faces."""

import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmfer.datasets import RAFDB, FERFold
from mmfer.datasets.folds import read_folds
from mmfer.functional import prediction_margin, topk_candidates, vote_ambiguity
from mmfer.lists.class_scores import read_scores
from mmfer.lists.image_table import Images, read_header
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
IMAGES = Images([f'train_{i + 1:05d}.jpg' for i in range(70)], RAFDB.METAINFO['classes'])
CONFIG = """
_base_ = {base!r}
plain = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
model = dict(backbone=dict(
    num_stages=1, out_indices=(0,), strides=(1,), dilations=(1,),
    base_channels=8, stem_channels=8, init_cfg=None),
    head=dict(in_channels=8))
optim_wrapper = dict(optimizer=dict(lr=.01))
train_dataloader = dict(num_workers=0, dataset=dict(
    data_root={data!r}, pipeline=plain,
    candidates=dict(kind='uniform', rate=.9)))
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(
    data_root={data!r}, pipeline=plain))
"""
NOISE = (
    '--cfg-options',
    'train_dataloader.dataset.noise.kind=symmetric',
    'train_dataloader.dataset.noise.rate=.3',
)


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location(
        'make_candidates', ROOT / 'tools/dataset_tools/make_candidates.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    root = tmp_path_factory.mktemp('data') / 'raf'
    write_rafdb(root, train=70, test=7, size=32)
    # a copy of the first image, of another class
    folder = root / 'Image/aligned'
    shutil.copy(folder / 'train_00001_aligned.jpg', folder / 'train_00070_aligned.jpg')
    return root


@pytest.fixture
def call(tool, data_root, tmp_path, monkeypatch):
    """Returns a function that runs the tool."""
    config = tmp_path / 'config.py'
    config.write_text(
        CONFIG.format(base=str(ROOT / 'configs/ce/ce_r18_rafdb.py'), data=str(data_root))
    )

    def run(*arguments, out='sets.txt'):
        monkeypatch.setattr(
            sys,
            'argv',
            ['make_candidates.py', str(config), '--out', str(tmp_path / out), *map(str, arguments)],
        )
        tool.main()
        return read_header(str(tmp_path / out))

    return run


def read(data_root, path, noise=None):
    """Sets, given and clean labels by the data set's own way."""
    data = RAFDB(str(data_root), noise=noise, candidates=dict(kind='file', path=str(path)))
    rows = [data.get_data_info(i) for i in range(len(data))]
    return [np.array([r[key] for r in rows]) for key in ('gt_score', 'gt_label', 'clean_label')]


@pytest.fixture(scope='module')
def trained(tool, data_root, tmp_path_factory):
    """Two folds, trained once; tests copy the folder."""
    folder = tmp_path_factory.mktemp('trained')
    config = folder / 'config.py'
    config.write_text(
        CONFIG.format(base=str(ROOT / 'configs/ce/ce_r18_rafdb.py'), data=str(data_root))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys,
            'argv',
            ['make_candidates.py', str(config), '--epochs', '2', '--out', str(folder / 'sets.txt')],
        )
        tool.main()
    return folder


def checkpoints(folder):
    return [folder / f'sets.folds/fold_{i}/epoch_2.pth' for i in range(2)]


# --- the paper's construction


def test_end_to_end(trained, data_root):
    header = read_header(str(trained / 'sets.txt'))
    assert (header['scheme'], header['k'], header['given']) == (
        'cross-trained top-k',
        2,
        'not_added',
    )
    assert (
        header['ambiguity'],
        header['steps'],
        header['threshold'],
        header['eps'],
        header['alpha'],
    ) == ('gaave', 4, 4, 0.25, 0.0625)
    assert (
        header['dataset'],
        header['split'],
        header['noise'],
        header['folds'],
        header['epochs'],
    ) == ('RAF-DB', 'train', None, 2, 2)
    assert header['cfg_options'] == {}
    assert [m['settings_sha256'] for m in header['models']] == [
        hashlib.sha256((path.parent / 'settings.json').read_bytes()).hexdigest()
        for path in checkpoints(trained)
    ]
    kappa = header['kappa']
    assert len(kappa) == 6 and sum(kappa) == 70
    assert header['ambiguous'] == 70 - kappa[5] > 0
    scores, given, clean = read(data_root, trained / 'sets.txt')
    sizes = (scores > 0).sum(axis=1)
    assert header['sizes'] == {str(s): int((sizes == s).sum()) for s in np.unique(sizes)}
    assert (sizes == 2).sum() == header['ambiguous']
    held = scores[np.arange(70), clean] > 0
    assert header['coverage'] == round(held.mean(), 6)
    # the ambiguous: the two likeliest of the written scores
    logits = read_scores(str(trained / 'sets.scores.csv'), IMAGES)
    expected = topk_candidates(logits, 2, given, 'not_added', sizes == 2)
    assert np.array_equal(scores > 0, expected)
    assert (scores[sizes == 1].argmax(axis=1) == given[sizes == 1]).all()
    assert (trained / 'sets.png').stat().st_size > 5000
    # and the scores are candidates by themselves
    topk = RAFDB(
        str(data_root), candidates=dict(kind='topk', path=str(trained / 'sets.scores.csv'))
    )
    ambiguous = np.flatnonzero(sizes == 2)
    assert all(np.array_equal(topk.get_data_info(i)['gt_score'], scores[i]) for i in ambiguous)
    # unless the labels are others than those that the models learnt
    with pytest.raises(ValueError, match='models learnt other labels'):
        RAFDB(
            str(data_root),
            noise=dict(kind='symmetric', rate=0.3),
            candidates=dict(kind='topk', path=str(trained / 'sets.scores.csv')),
        )
    said = read_header(str(trained / 'sets.scores.csv'))
    assert {
        key: header[key]
        for key in said
        if key in ('models', 'list_sha256', 'noise', 'epochs', 'cfg_options')
    } == {key: said[key] for key in ('models', 'list_sha256', 'noise', 'epochs', 'cfg_options')}


def test_nobody_judges_what_he_saw(trained, data_root):
    whole = RAFDB(str(data_root))
    folds = read_folds(str(trained / 'sets.folds/folds.csv'), IMAGES)
    assert folds[0] == folds[69]  # copies of one image
    assert np.bincount(folds).tolist() in ([35, 35], [34, 36], [36, 34])
    header = read_header(str(trained / 'sets.txt'))
    for fold, path in enumerate(checkpoints(trained)):
        (saw,) = torch.load(path, weights_only=True)['meta']['data']['train']
        # what the checkpoint says it was trained on, by sha256
        shown = FERFold(whole, str(trained / 'sets.folds/folds.csv'), fold)
        expected = whole.fingerprint_of(np.flatnonzero(folds != fold))
        assert saw['list_sha256'] == expected['list_sha256']
        assert saw['images'] == len(shown) == (folds != fold).sum()
        assert header['models'][fold]['unseen'] is True
        assert header['models'][fold]['images'] == (folds == fold).sum()
        assert not (path.parent / 'accuracy.json').exists()  # no validation
        settings = json.loads((path.parent / 'settings.json').read_text())
        data = settings['train_dataloader']['dataset']
        assert data['fold'] == fold and 'candidates' not in data['dataset']


def test_scores_are_those_of_the_other_model(trained, data_root, tool):
    """Each image's logits come from the model of its own fold's training."""
    from mmengine.config import Config
    from mmpretrain.registry import MODELS

    whole = RAFDB(
        str(data_root), pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')]
    )
    folds = read_folds(str(trained / 'sets.folds/folds.csv'), IMAGES)
    written = read_scores(str(trained / 'sets.scores.csv'), IMAGES)
    cfg = Config.fromfile(trained / 'config.py')
    for fold, path in enumerate(checkpoints(trained)):
        model = MODELS.build(cfg.model)
        model.load_state_dict(torch.load(path, weights_only=True)['state_dict'])
        batch = [whole[int(i)] for i in np.flatnonzero(folds == fold)]
        data = model.eval().data_preprocessor(
            dict(
                inputs=[item['inputs'] for item in batch],
                data_samples=[item['data_samples'] for item in batch],
            )
        )
        with torch.no_grad():
            logits = model(data['inputs'], mode='tensor')
        np.testing.assert_allclose(written[folds == fold], logits, rtol=1e-4, atol=1e-5)


def test_classes_that_no_set_holds_are_told(tool, capsys):
    clean = np.array([0, 0, 1, 1])
    sets = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [1, 0, 0]], dtype=bool)
    tool.show(sets, sets.sum(axis=1) > 1, clean, ('joy', 'fear', 'calm'))
    text = capsys.readouterr().out
    # one of joy's two is enough; calm has no image
    assert "no set of an image of ['fear'] holds the clean label" in text
    sets[3, 1] = True
    tool.show(sets, sets.sum(axis=1) > 1, clean, ('joy', 'fear', 'calm'))
    assert 'no set of an image' not in capsys.readouterr().out


# --- other policies, from the same models


@pytest.mark.parametrize('ambiguity', ['margin', 'disagreement', 'votes'])
def test_other_tests_of_ambiguity(trained, data_root, call, tmp_path, ambiguity):
    header = call(
        '--checkpoint', *checkpoints(trained), '--ambiguity', ambiguity, '--k', 3, '--given', 'kept'
    )
    logits = read_scores(str(tmp_path / 'sets.scores.csv'), IMAGES)
    scores, given, _ = read(data_root, tmp_path / 'sets.txt')
    data = RAFDB(str(data_root))
    votes = np.array([data.get_data_info(i)['votes'] for i in range(70)])
    ambiguous = dict(
        margin=prediction_margin(logits) < 0.5,
        disagreement=logits.argmax(axis=1) != given,
        votes=vote_ambiguity(votes) > 0.3,
    )[ambiguity]
    assert 0 < ambiguous.sum() == header['ambiguous']
    assert np.array_equal(scores > 0, topk_candidates(logits, 3, given, 'kept', ambiguous))
    assert (scores[np.arange(70), given] > 0).all()
    assert 'kappa' not in header and header['epochs'] is None
    assert 'settings_sha256' not in header['models'][0]


def test_threshold_and_steps_of_gaave(trained, call):
    run = ('--checkpoint', *checkpoints(trained), '--steps', 2)
    kappa = call(*run)['kappa']
    assert len(kappa) == 4 and sum(kappa) == 70
    header = call(*run, '--threshold', 0, out='other.txt')
    assert header['kappa'] == kappa
    assert header['ambiguous'] == kappa[0] < 70
    # hardly any step: what is right stays right
    header = call(*run, '--eps', 1e-6, '--alpha', 1e-6, out='still.txt')
    assert header['kappa'][1:3] == [0, 0]


def test_noisy_labels_are_the_given_ones(call, data_root, tmp_path):
    header = call(*NOISE, 'train_cfg.max_epochs=1')
    noise = dict(kind='symmetric', rate=0.3)
    assert header['noise'] == noise
    assert header['epochs'] == 1  # the config's, with its options
    assert header['cfg_options'] == {
        'train_dataloader.dataset.noise.kind': 'symmetric',
        'train_dataloader.dataset.noise.rate': 0.3,
        'train_cfg.max_epochs': 1,
    }
    scores, given, clean = read(data_root, tmp_path / 'sets.txt', noise)
    assert (given != clean).sum() == 21
    alone = (scores > 0).sum(axis=1) == 1
    assert (scores[alone].argmax(axis=1) == given[alone]).all()
    assert header['coverage'] == round((scores[np.arange(70), clean] > 0).mean(), 6)
    with pytest.raises(ValueError, match='was made for the label'):
        read(data_root, tmp_path / 'sets.txt')


# --- going on


def test_a_stopped_run_goes_on(trained, call, tmp_path):
    """As it was stopped after the first fold: that is not trained again, and the end is the same.
    The folder may have been moved."""
    first = read_header(str(trained / 'sets.txt'))
    shutil.copytree(trained / 'sets.folds', tmp_path / 'sets.folds')
    shutil.rmtree(tmp_path / 'sets.folds/fold_1')
    done = tmp_path / 'sets.folds/fold_0/epoch_2.pth'
    stamp = done.stat().st_mtime_ns
    header = call('--epochs', 2)
    assert done.stat().st_mtime_ns == stamp
    assert header['sha256'] == first['sha256']
    assert header['kappa'] == first['kappa']
    # once more: nothing is trained, nothing changes
    done = tmp_path / 'sets.folds/fold_1/epoch_2.pth'
    stamp = done.stat().st_mtime_ns
    text = (tmp_path / 'sets.txt').read_text()
    call('--epochs', 2)
    assert done.stat().st_mtime_ns == stamp
    assert (tmp_path / 'sets.txt').read_text() == text


def test_other_settings_are_not_mixed(trained, call, tmp_path):
    shutil.copytree(trained / 'sets.folds', tmp_path / 'sets.folds')
    with pytest.raises(
        SystemExit,
        match=r'make_candidates: .*other settings, '
        r"see \['train_cfg'\] in its settings.json",
    ):
        call('--epochs', 3)
    with pytest.raises(SystemExit, match=r"see \['optim_wrapper'\]"):
        call('--epochs', 2, '--cfg-options', 'optim_wrapper.optimizer.lr=.02')
    config = tmp_path / 'config.py'
    text, hooks = config.read_text(), '\ncustom_hooks = _base_.custom_hooks'
    config.write_text(f"{text}{hooks} + [dict(type='EMAHook')]")
    with pytest.raises(SystemExit, match=r"see \['custom_hooks'\]"):
        call('--epochs', 2)
    config.write_text(text)
    with pytest.raises(SystemExit, match='other folds than --folds 3'):
        call('--epochs', 2, '--folds', 3)
    with pytest.raises(SystemExit, match='--seed 1 give'):
        call('--epochs', 2, '--seed', 1)
    assert not (tmp_path / 'sets.txt').exists()


@pytest.mark.parametrize('classes', [('0', '1', '10', '2'), tuple('4321')])
def test_what_is_written_reads_back_or_leaves_nothing(tool, tmp_path, classes, monkeypatch):
    path = tmp_path / 'new/sets.txt'
    images = Images(['a.jpg', 'b.jpg'], classes)
    sets = np.array([[1, 0, 1, 0], [0, 1, 0, 0]], dtype=bool)
    labels = np.array([2, 1])

    def write():
        tool.write(path, images, sets, labels, labels, {}, tmp_path)

    def refuse(*_):
        raise ValueError('no class')

    for wrong in (lambda *_: np.zeros((2, 4)), refuse):
        with monkeypatch.context() as patch:
            patch.setattr(tool, 'read_candidates', wrong)
            with pytest.raises((RuntimeError, ValueError)):
                write()
        assert not list(path.parent.iterdir())
    write()
    assert list(path.parent.iterdir()) == [path]


def test_other_sets_are_not_written_over(trained, call, tmp_path):
    run = ('--checkpoint', *checkpoints(trained), '--ambiguity', 'margin')
    call(*run)
    text = (tmp_path / 'sets.txt').read_text()
    with pytest.raises(SystemExit, match='holds something else.*--folds-dir .*sets.folds'):
        call(*run, '--k', 3)
    assert (tmp_path / 'sets.txt').read_text() == text
    assert not list(tmp_path.glob('sets.txt?*'))


# --- what is refused


def test_a_model_that_saw_its_fold_is_refused(trained, call, capsys, tmp_path):
    one, two = checkpoints(trained)
    for wrong in ((two, one), (one, one)):
        with pytest.raises(SystemExit, match='was trained on other images'):
            call('--checkpoint', *wrong)
    with pytest.raises(SystemExit, match='was trained on other images'):
        call('--checkpoint', one, two, *NOISE, out='n.txt')
    # without a record it is taken on trust, and said so
    bare = [tmp_path / f'{i}.pth' for i in range(2)]
    for path, old in zip(bare, (one, two)):
        torch.save(torch.load(old, weights_only=True)['state_dict'], path)
    header = call('--checkpoint', *bare, out='bare.txt')
    assert [m['unseen'] for m in header['models']] == [False, False]
    assert 'does not say what it was trained on' in capsys.readouterr().out


@pytest.mark.parametrize(
    'arguments, named',
    [
        (('--folds', 1), 'at least 2'),
        (('--checkpoint', 'a.pth'), 'at least 2'),
        (('--checkpoint', 'a.pth', 'b.pth', '--epochs', 1), 'nothing is trained'),
        (('--epochs', 0), 'at least 1'),
        (('--steps', 0), '--steps is at least 1'),
        (('--eps', 0), 'above 0'),
        (('--ambiguity', 'disagreement', '--threshold', 1), 'no --threshold'),
        (('--ambiguity', 'margin', '--threshold', 50), 'allowed are 0 to 1'),
        (('--ambiguity', 'votes', '--threshold', -0.1), 'allowed are 0 to 1'),
        (('--ambiguity', 'votes', '--threshold', 'nan'), 'allowed are 0 to 1'),
        (('--threshold', -1), 'allowed are 0 to 4'),
        (('--steps', 2, '--threshold', 3), 'allowed are 0 to 2'),
        (('--ambiguity', 'taste'), 'taste'),
        (('--given', 'both'), 'both'),
    ],
)
def test_arguments(call, capsys, arguments, named):
    with pytest.raises(SystemExit):
        call(*arguments)
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments, named',
    [
        (('--k', 8), 'k=8; allowed: 1 to 7'),
        (
            ('--ambiguity', 'votes', '--cfg-options', 'train_dataloader.dataset.votes_file=None'),
            'has no votes',
        ),
        (('--checkpoint', 'none.pth', 'none2.pth'), 'none.pth'),
    ],
)
def test_bad_values_end_with_one_line_before_training(call, tmp_path, arguments, named):
    with pytest.raises(SystemExit, match=f'make_candidates: .*{named}'):
        call(*arguments)
    assert not list(tmp_path.glob('*.folds/fold_*'))
