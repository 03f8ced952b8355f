"""A checkpoint of RAF-DB's seven classes, on FERPlus's eight: every tool goes by names.

Its classifier is solved for the test images, so that it is right by names for all that it knows.
"""

import json
import os
import pickle
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmpretrain import FeatureExtractor, get_model

from mmfer.apis import inference
from mmfer.apis.analysis import check_same_classes, output_names
from mmfer.datasets import RAFDB
from mmfer.synthetic import write_ferplus

ROOT = Path(__file__).parents[2]
CONFIG = """
_base_ = {base!r}
image_size = 32
train_dataloader = dict(num_workers=0, batch_size=4, dataset=dict(data_root='faces', noise=None))
val_dataloader = dict(num_workers=0, batch_size=3, dataset=dict(data_root='faces'))
test_dataloader = val_dataloader
total_batch_size = 4
model = dict(backbone=dict(
    depth=18, num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=64,
    stem_channels=64, init_cfg=None), head=dict(in_channels=64))
"""
# FERPlus's ids of RAF-DB's classes
IDS = [2, 6, 5, 1, 3, 4, 0]


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """18 test images of 8 classes; CLEX on FERPlus-8 and a checkpoint of RAF-DB."""
    folder = tmp_path_factory.mktemp('other')
    write_ferplus(folder / 'faces', train=8, valid=8, test=18, size=32)
    base = str(ROOT / 'configs/clex/clex_r18_ferplus8.py')
    (folder / 'tiny.py').write_text(CONFIG.format(base=base))
    here = os.getcwd()
    os.chdir(folder)
    try:
        torch.manual_seed(0)
        model = get_model('tiny.py', head=dict(num_classes=7))
        data = images(model)
        feats = FeatureExtractor(model)([i['img_path'] for i in data], stage='neck')
    finally:
        os.chdir(here)
    feats = torch.stack([feat[-1] for feat in feats]).double()
    known = [i['gt_label'] in IDS for i in data]
    wanted = torch.eye(7).double()[[IDS.index(i['gt_label']) for i in data if i['gt_label'] in IDS]]
    bias = feats.mean(0)
    weight = torch.linalg.lstsq(feats[known] - bias, wanted, driver='gelsd').solution.T * 20
    model.head.fc.load_state_dict(dict(weight=weight.float(), bias=(-weight @ bias).float()))
    meta = dict(dataset_meta=RAFDB.METAINFO, epoch=1)
    torch.save(dict(state_dict=model.state_dict(), meta=meta), folder / 'rafdb.pth')
    torch.save(dict(state_dict=model.state_dict(), meta=dict(epoch=1)), folder / 'untold.pth')
    return folder


def images(model):
    """Path and label of each test image."""
    from mmpretrain.registry import DATASETS

    data = DATASETS.build(dict(model._config.test_dataloader.dataset, pipeline=[]))
    return [data.get_data_info(i) for i in range(len(data))]


@pytest.fixture
def inside(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def in_process(monkeypatch, tool, *arguments):
    monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
    runpy.run_path(str(ROOT / 'tools' / tool), run_name='__main__')


def run(folder: Path, tool: str, *arguments) -> str:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    path = ROOT / 'tools' / tool
    made = dict(PYTHON=sys.executable, PORT=port, CUDA_VISIBLE_DEVICES='', MPLBACKEND='agg')
    result = subprocess.run(
        [*([sys.executable] if path.suffix == '.py' else []), str(path), *map(str, arguments)],
        cwd=folder,
        env=dict(os.environ, OMP_NUM_THREADS='1', **made),
        text=True,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def test_the_test_tool(inside, tmp_path, monkeypatch, capfd):
    out = tmp_path / 'found.pkl'
    test = ('test.py', 'tiny.py', 'rafdb.pth', '--work-dir', tmp_path, '--out')
    in_process(monkeypatch, *test, out)
    rows = pickle.loads(out.read_bytes())
    assert {int(row['gt_label']) for row in rows} == set(IDS) and len(rows) < 18
    assert all(int(row['gt_label']) == int(row['pred_label']) for row in rows)
    assert {len(row['pred_score']) for row in rows} == {8}
    said = capfd.readouterr()
    assert 'accuracy/top1: 100.0' in said.out and f'images/left_out: {18 - len(rows)}' in said.out
    assert f"'contempt' ({18 - len(rows)} of 18 images left out)" in said.out + said.err
    in_process(monkeypatch, *test, tmp_path / 'found.json')
    assert json.loads((tmp_path / 'found.json').read_text())['images/tested'] == len(rows)
    confusion = ('analysis_tools/confusion.py', '--out', tmp_path / 'cm.png')
    in_process(monkeypatch, *confusion, 'tiny.py', out)
    with pytest.raises(SystemExit, match='scores of 8 classes, the config has 7'):
        in_process(monkeypatch, *confusion, ROOT / 'configs/clex/clex_r18_rafdb.py', out)


def test_two_processes_and_a_tool_of_the_host(folder):
    said = run(
        folder, 'dist_test.sh', 'tiny.py', 'rafdb.pth', 2, '--work-dir', 'two', '--out', 'two.pkl'
    )
    rows = pickle.loads((folder / 'two.pkl').read_bytes())
    assert 'accuracy/top1: 100.0' in said and f'images/tested: {len(rows)}' in said
    assert len({row['img_path'] for row in rows}) == len(rows)
    assert len(rows) % 2  # one of the processes gets an image twice, which is dropped
    run(
        folder,
        'host.py',
        'confusion_matrix',
        'tiny.py',
        'rafdb.pth',
        '--out',
        'cm.pkl',
        '--show-path',
        'cm.png',
    )
    counts = pickle.loads((folder / 'cm.pkl').read_bytes())
    assert counts.shape == (8, 8) and counts.trace() == counts.sum() == len(rows)


def test_inference_tells_the_checkpoint_s_classes(inside):
    model = get_model('tiny.py')
    assert model.head.num_classes == 8
    data = [one for one in images(model) if one['gt_label'] in IDS]
    names = [RAFDB.METAINFO['classes'][IDS.index(one['gt_label'])] for one in data]
    paths = [one['img_path'] for one in data]
    for source in ('tiny.py', model):
        found = inference(source, paths, pretrained='rafdb.pth')
        assert [one['name'] for one in found] == names and found[0]['scores'].shape == (7,)
    given = RAFDB.METAINFO['classes']
    found = inference('tiny.py', paths, pretrained='untold.pth', classes=given)
    assert [one['name'] for one in found] == names
    with pytest.raises(ValueError, match='classifier has 7 classes, the model 8'):
        inference('tiny.py', paths, pretrained='untold.pth')


@pytest.mark.parametrize('cam_of', ['given', 'predicted'])
def test_pictures_of_views(inside, monkeypatch, tmp_path, cam_of):
    from mmfer import visualization

    shown = []
    monkeypatch.setattr(visualization, 'cam_sheet', lambda rows, title: shown.extend(rows))
    monkeypatch.setattr(visualization, 'save_figure', lambda *args, **options: None)
    tool = ('analysis_tools/vis_views.py', 'tiny.py', 'rafdb.pth', '--out', tmp_path / 'a.png')
    options = ('--num', 18, '--split', 'val', '--cam-of', cam_of)
    if cam_of == 'given':
        with pytest.raises(SystemExit, match="the network does not know 'contempt'"):
            in_process(monkeypatch, *tool, *options)
        return
    in_process(monkeypatch, *tool, *options)
    assert len(shown) == 18 and {row.cam_of for row in shown} <= {*RAFDB.METAINFO['classes']}
    assert 'contempt' in {row.given for row in shown}


class TestOutputNames:
    class Network:
        def __init__(self, count):
            self.head = torch.nn.Identity()
            self.head.num_classes = count

    def test_as_the_data_set_calls_them(self):
        saved = dict(classes=('happiness', 'sadness', 'fear'))
        found = output_names(self.Network(3), saved, ('sad', 'contempt', 'happy'))
        assert found == (('happy', 'sad', 'fear'), [1, -1, 0])
        assert output_names(self.Network(2), {}, ('a', 'b')) == (('a', 'b'), [0, 1])
        with pytest.raises(ValueError, match='has 3 outputs and does not tell its classes'):
            output_names(self.Network(3), {}, ('a', 'b'))
        with pytest.raises(ValueError, match='none of the names.*take the config of the data set'):
            output_names(self.Network(3), saved, ('a', 'b'))

    def test_labels_are_made_by_the_same(self):
        check_same_classes(self.Network(2), dict(classes=('happy', 'sad')), ('happiness', 'Sad'))
        for classes in (('sad', 'happy'), ('happy', 'sad', 'fear')):
            with pytest.raises(ValueError, match='labels made by it would be wrong'):
                check_same_classes(self.Network(2), dict(classes=('happy', 'sad')), classes)
