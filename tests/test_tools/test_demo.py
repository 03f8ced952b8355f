"""The demo in miniature, without the installation.

Cross-entropy is trained and shown in this process, by the demo's own tools; then tools/demo.sh
itself finds that, and does the rest.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import mmengine
import numpy as np
import pytest
import torch
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
CE, CLEX = (
    ROOT / 'configs' / 'demo' / f'{name}_r18_synthetic_noise30.py' for name in ('ce', 'clex')
)


def load_tool(path):
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(f'demo_{Path(path).stem}', ROOT / 'tools' / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_tool(path, *arguments):
    """Its main(), in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [path, *map(str, arguments)])
        load_tool(path).main()


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """21 faces to train on, 14 to test on, drawn as the demo draws them."""
    root = tmp_path_factory.mktemp('faces') / 'rafdb'
    run_tool(
        'dataset_tools/make_synthetic.py',
        root,
        '--layout',
        'rafdb',
        '--train',
        21,
        '--test',
        14,
        '--size',
        64,
        '--seed',
        0,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMFER_DEMO_DATA', str(root))
        yield root


@pytest.fixture(scope='module')
def demo(data, tmp_path_factory):
    """The demo's folder and what it printed."""
    out = tmp_path_factory.mktemp('demo')
    run_tool(
        'train.py',
        CE,
        '--work-dir',
        out / 'ce',
        '--cfg-options',
        'train_cfg.max_epochs=1',
        'train_dataloader.num_workers=0',
        'val_dataloader.num_workers=0',
    )
    environment = dict(
        os.environ,
        MMFER_DEMO_PYTHON=sys.executable,
        MMFER_DEMO_OUT=str(out),
        MMFER_DEMO_TRAIN='21',
        MMFER_DEMO_TEST='14',
        MMFER_DEMO_EPOCHS='1',
        OMP_NUM_THREADS='1',
    )
    done = subprocess.run(
        ['bash', str(ROOT / 'tools' / 'demo.sh')], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return SimpleNamespace(out=out, text=done.stdout)


def test_trains_what_is_not_there(demo):
    assert f'reused: {os.environ["MMFER_DEMO_DATA"]}' in demo.text
    assert f'trained already: 1 epochs in {demo.out}/ce' in demo.text
    clex = json.loads((demo.out / 'clex' / 'accuracy.json').read_text())['accuracy/top1']
    assert list(clex['by_epoch']) == ['1']
    lines = re.findall(r'epoch +(\d+)/1   test accuracy +([\d.]+) %', demo.text)
    assert lines == [('1', f'{clex["last"]:.1f}')]


def test_says_what_came_out(demo):
    for name in ('ce', 'clex'):
        accuracy = json.loads((demo.out / name / 'accuracy.json').read_text())
        top1, mean_class = (accuracy[f'accuracy/{key}']['last'] for key in ('top1', 'mean_class'))
        # tools/test.py and the last validation agree, and with the predictions
        tested = re.search(
            rf'{name} +accuracy ([\d.]+) %, mean class accuracy ([\d.]+) %', demo.text
        )
        assert tested.groups() == (f'{top1:.2f}', f'{mean_class:.2f}')
        samples = mmengine.load(demo.out / f'{name}.pkl')
        right = [int(s['pred_label']) == int(s['gt_label']) for s in samples]
        assert len(right) == 14 and 100 * np.mean(right) == pytest.approx(top1, abs=1e-4)
        (row,) = re.findall(rf'^ {name} +(.*)$', demo.text, re.MULTILINE)[-1:]
        assert row.split()[:5] == ['21', 'symmetric', '30%', '1/1', f'{top1:.2f}']


def test_pictures_are_there_and_listed(demo):
    listed = re.findall(r'^ +(/\S+\.png)$', demo.text, re.MULTILINE)
    assert [Path(p).stem for p in listed] == [
        'faces',
        'accuracy',
        'losses',
        'confusion',
        'attention_ce',
        'attention_clex',
    ]
    for path in listed:
        picture = cv2.imread(path)
        assert picture is not None and min(picture.shape[:2]) > 250, path
        assert picture.std() > 5, path
    assert not np.array_equal(cv2.imread(listed[-1]), cv2.imread(listed[-2]))


def test_configs_differ_in_the_method_alone(data):
    ce, clex = Config.fromfile(CE), Config.fromfile(CLEX)
    for key in (
        'optim_wrapper',
        'param_scheduler',
        'train_cfg',
        'val_dataloader',
        'total_batch_size',
        'default_hooks',
        'randomness',
    ):
        assert ce[key] == clex[key], key
    assert ce.model.backbone == clex.model.backbone
    for cfg in (ce, clex):
        dataset = cfg.train_dataloader.dataset
        assert dataset.data_root == cfg.test_dataloader.dataset.data_root == str(data)
        assert dataset.noise == dict(kind='symmetric', rate=0.3, seed=0)
    # the script says how many epochs, too
    script = (ROOT / 'tools' / 'demo.sh').read_text()
    assert f'EPOCHS=${{MMFER_DEMO_EPOCHS:-{ce.train_cfg.max_epochs}}}' in script


@pytest.fixture
def look(data):
    """Returns a function: transforms of each view -> rows of the sheet."""
    from mmengine.registry import init_default_scope
    from mmpretrain.registry import MODELS

    tool = load_tool('analysis_tools/vis_views.py')

    def run(views, cam_of='predicted'):
        cfg = Config.fromfile(CLEX)
        init_default_scope('mmpretrain')
        cfg.train_dataloader.dataset.pipeline[3].views = views
        batch, classes = tool.choose_images(cfg, 'train', num=5, seed=1)
        torch.manual_seed(0)
        model = MODELS.build(cfg.model).eval()
        return tool.look(model, batch, classes, cam_of)

    return run


def test_two_equal_views_have_equal_maps(look):
    for row in look([[], []]):
        assert (row.images[0] == row.images[1]).all()
        assert row.maps[0] == pytest.approx(row.maps[1], abs=1e-5)
        assert row.consistency == pytest.approx(0, abs=1e-8)
        assert row.shown.all() and row.cam_of == row.predicted
        assert 1 / 7 < row.score < 1


def test_the_mirrored_view_is_brought_back(look, data):
    mirror = dict(type='RandomFlip', prob=1.0, direction='horizontal')
    rows = look([[], [mirror]], cam_of='given')
    faces = [cv2.imread(str(p))[..., ::-1] for p in sorted(data.glob('Image/aligned/train_*'))]
    for row in rows:
        assert (row.images[1] == row.images[0][:, ::-1]).all()
        assert row.maps[2] == pytest.approx(row.maps[1][:, ::-1])
        assert row.consistency > 0 and row.cam_of == row.given
        # RGB, as it lies on the disk
        assert any((face == row.images[0]).all() for face in faces)
    # 6 of the 21 labels were changed; not only those are shown
    assert {row.given == row.clean for row in rows} == {True, False}


def test_places_that_a_shifted_view_does_not_show(look):
    shift = dict(type='FaceAffine', degrees=0.0, scale=(1.0, 1.0), shift=0.4)
    cut = [row for row in look([[], [shift]]) if not row.shown.all()]
    assert cut and all(row.shown.any() and np.isfinite(row.consistency) for row in cut)
