"""The second demo in miniature: ``tools/demo.sh pll`` without the installation.

Pre-training and PLL run in this process by the demo's own tools; then the script finds them and
does the rest. Also the picture of disambiguation.
"""

import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from mmfer.visualization import read_disambiguation

ROOT = Path(__file__).parents[2]
MASKFEAT, PLL, SOFTMAX = (
    ROOT / 'configs/demo' / f'{name}_synthetic.py'
    for name in ('maskfeat-mae_vit-t', 'pll_vit-t', 'softmax_vit-t')
)
FACES = (
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
    '--blend-share',
    0.6,
)


def run_tool(path, *arguments):
    """A script of tools/, in this process."""
    spec = importlib.util.spec_from_file_location(f'pll_{Path(path).stem}', ROOT / 'tools' / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [path, *map(str, arguments)])
        module.main()


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """21 faces to train on, 14 to test on, with votes."""
    root = tmp_path_factory.mktemp('faces') / 'rafdb'
    run_tool('dataset_tools/make_synthetic.py', root, *FACES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMFER_DEMO_DATA', str(root))
        yield root


@pytest.fixture(scope='module')
def out(data, tmp_path_factory):
    """The demo's folder, pre-training and PLL done."""
    out = tmp_path_factory.mktemp('demo')
    workers = 'train_dataloader.num_workers=0'
    run_tool(
        'train.py',
        MASKFEAT,
        '--work-dir',
        out / 'maskfeat',
        '--cfg-options',
        workers,
        'train_cfg.max_epochs=1',
        'train_dataloader.batch_size=7',
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMFER_VIT', str(out / 'maskfeat/epoch_1.pth'))
        run_tool(
            'train.py',
            PLL,
            '--work-dir',
            out / 'pll',
            '--cfg-options',
            workers,
            'train_cfg.max_epochs=1',
            'val_dataloader.num_workers=0',
        )
    return out


@pytest.fixture(scope='module')
def demo(out):
    """What the script prints."""
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
        ['bash', str(ROOT / 'tools/demo.sh'), 'pll'],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return SimpleNamespace(out=out, text=done.stdout)


def test_the_encoder_is_the_pre_trained_one(out):
    log = '\n'.join(p.read_text() for p in (out / 'pll').glob('*/*.log'))
    assert re.search(r'\d+ of \d+ tensors matched; resized: none', log)
    assert f'{out}/maskfeat/epoch_1.pth' in log


def test_disambiguation_of_the_run(out, data):
    """The file tells what the votes tell."""
    run = read_disambiguation(out / 'pll')
    rows = dict(
        line.split(maxsplit=1)
        for line in (data / 'EmoLabel/distribution_basic.txt').read_text().splitlines()
    )
    votes = np.array([np.array(rows[f'train_{i + 1:05d}.jpg'].split(), float) for i in range(21)])
    sets = votes >= 0.2 - 1e-9
    assert run.ambiguous == (sets.sum(1) > 1).sum() and run.images == 21
    for one in run.chosen:
        assert one['candidates'] == np.flatnonzero(sets[one['sample_idx']]).tolist()
        assert len(one['candidates']) > 1
    assert list(run.by_epoch) == [0, 1]
    even = 1 / sets[sets.sum(1) > 1].sum(1)
    assert run.by_epoch[0]['share_clean'] == pytest.approx(even.mean(), abs=1e-6)


def test_says_what_it_did(demo):
    assert f'reused: {os.environ["MMFER_DEMO_DATA"]}' in demo.text
    assert f'pre-trained already: {demo.out}/maskfeat/epoch_1.pth' in demo.text
    assert f'trained already: 1 epochs in {demo.out}/pll' in demo.text
    assert 'labels are not what was drawn' in demo.text
    for name in ('pll', 'softmax'):
        accuracy = json.loads((demo.out / name / 'accuracy.json').read_text())
        top1, mean_class = (accuracy[f'accuracy/{key}']['last'] for key in ('top1', 'mean_class'))
        tested = re.search(
            rf'{name} +accuracy ([\d.]+) %, mean class accuracy ([\d.]+) %', demo.text
        )
        assert tested.groups() == (f'{top1:.2f}', f'{mean_class:.2f}')
    last = read_disambiguation(demo.out / 'pll').by_epoch[1]
    assert re.search(rf'^ +1 +{100 * last["share_clean"]:.1f} +', demo.text, re.MULTILINE)
    assert not (demo.out / 'softmax/disambiguation.json').exists()


def test_pictures_are_there_and_listed(demo):
    listed = re.findall(r'^ {4}(/\S+\.png)$', demo.text, re.MULTILINE)
    assert [Path(p).stem for p in listed] == [
        'faces',
        'hog',
        'accuracy',
        'losses',
        'disambiguation',
        'candidates_pll',
        'attention',
    ]
    for path in listed:
        picture = cv2.imread(path)
        assert picture is not None and min(picture.shape[:2]) > 250, path
        assert picture.std() > 5, path


def test_csv(demo):
    with open(demo.out / 'disambiguation.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [(row['epoch'], row['class']) for row in rows[::8]] == [('0', 'all'), ('1', 'all')]
    whole, *classes = rows[8:]
    assert int(whole['ambiguous']) == sum(int(row['ambiguous']) for row in classes)
    mean = sum(
        float(row['share_clean']) * int(row['ambiguous']) for row in classes if row['share_clean']
    )
    assert mean / int(whole['ambiguous']) == pytest.approx(float(whole['share_clean']))


def test_several_runs(out, tmp_path, capsys):
    shutil.copytree(out / 'pll', tmp_path / 'other/pll')
    show = 'analysis_tools/vis_disambiguation.py'
    run_tool(show, out / 'pll', tmp_path / 'other/pll', '--out', tmp_path / 'both')
    text = capsys.readouterr().out
    names = (f'{out.name}/pll', 'other/pll')
    assert all(f'{name}: % of ' in text for name in names)
    assert {p.name for p in (tmp_path / 'both').iterdir()} == {
        'disambiguation.png',
        'disambiguation.csv',
        *(f'candidates_{name.replace("/", "_")}.png' for name in names),
    }
    # the faces are not there any more, or others
    run_tool(show, out / 'pll', '--out', tmp_path / 'curves', '--no-faces')
    assert len(list((tmp_path / 'curves').iterdir())) == 2
    content = json.loads((tmp_path / 'other/pll/disambiguation.json').read_text())
    content['chosen'][0]['name'] = 'train_00099_aligned.jpg'
    (tmp_path / 'other/pll/disambiguation.json').write_text(json.dumps(content))
    with pytest.raises(SystemExit, match="where it had 'train_00099_aligned.jpg'"):
        run_tool(show, tmp_path / 'other/pll')
    with pytest.raises(SystemExit, match='disambiguation.json: no such file'):
        run_tool(show, out / 'maskfeat')


def test_configs_differ_in_what_is_learnt_from(data):
    pll, softmax, maskfeat = map(Config.fromfile, (PLL, SOFTMAX, MASKFEAT))
    for key in (
        'optim_wrapper',
        'param_scheduler',
        'train_cfg',
        'val_dataloader',
        'total_batch_size',
        'default_hooks',
        'custom_hooks',
        'randomness',
    ):
        assert pll[key] == softmax[key], key
    assert pll.model.backbone == softmax.model.backbone
    different = {k for k in pll.model.head if pll.model.head[k] != softmax.model.head.get(k)}
    assert different == {'confidence'} and softmax.model.head.learn_from == 'label'
    arch = pll.model.backbone.arch
    assert {k: arch[k] for k in arch} == maskfeat.model.backbone.arch
    for key in ('img_size', 'patch_size'):
        assert pll.model.backbone[key] == maskfeat.model.backbone[key]
    faces = (
        pll.train_dataloader.dataset,
        pll.test_dataloader.dataset,
        *maskfeat.train_dataloader.dataset.datasets,
    )
    assert {one.data_root for one in faces} == {str(data)}
    # the script says how many epochs, too
    assert pll.train_cfg.max_epochs == maskfeat.train_cfg.max_epochs
    script = (ROOT / 'tools/demo.sh').read_text()
    assert f'${{MMFER_DEMO_EPOCHS:={pll.train_cfg.max_epochs}}}' in script


def test_an_unknown_demo():
    done = subprocess.run(
        ['bash', str(ROOT / 'tools/demo.sh'), 'ppl'], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "unknown argument 'ppl'; usage: bash tools/demo.sh [pll]" in done.stderr
