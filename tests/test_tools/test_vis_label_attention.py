"""The picture of where label queries look."""

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
CONFIG = """
_base_ = {base!r}
image_size = 48
# not square: rows and columns differ
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=(48, 32)),
                 dict(type='PackInputs')]
test_dataloader = dict(dataset=dict(data_root={data!r}))
train_dataloader = dict(dataset=dict(data_root={data!r}, candidates=None))
"""
VIT = """
model = dict(
    backbone=dict(img_size=(32, 48), patch_size=8, init_cfg=None, arch=dict(
        _delete_=True, embed_dims=24, num_layers=2, num_heads=2, feedforward_channels=48)),
    head=dict(in_channels=24, heads=2, blocks=3))
"""
RESNET = """
model = dict(
    backbone=dict(num_stages=2, out_indices=(1, ), strides=(1, 2), dilations=(1, 1),
        base_channels=8, stem_channels=8, init_cfg=None), head=dict(in_channels=16))
"""
KINDS = {
    'vit': ('pll/pll_vit-b_rafdb.py', VIT),
    'kept': ('pll/pll_vit-b_rafdb.py', VIT + "model['head']['class_token'] = 'kept'\n"),
    'without': (
        'pll/pll_vit-b_rafdb.py',
        VIT + "model['head']['class_token'] = 'none'\n"
        "model['backbone'].update(with_cls_token=False, out_type='raw')\n",
    ),
    'resnet': ('pll/pll_r18_rafdb_decoder.py', RESNET),
    'bgr': ('pll/pll_vit-b_rafdb.py', VIT + "model['data_preprocessor'] = dict(to_rgb=False)\n"),
    'linear': ('pll/pll_r18_rafdb.py', RESNET),
}


def load_tool():
    spec = importlib.util.spec_from_file_location(
        'vis_label_attention', ROOT / 'tools/analysis_tools/vis_label_attention.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp('faces') / 'rafdb'
    write_rafdb(folder, train=4, test=6, size=40)
    return folder


@pytest.fixture
def make(faces, tmp_path, monkeypatch):
    """Returns a function: kind -> a function that runs the tool, and the rows that it drew."""

    def build(kind):
        base, model = KINDS[kind]
        path = tmp_path / f'tiny_{kind}.py'
        path.write_text(CONFIG.format(base=str(ROOT / 'configs' / base), data=str(faces)) + model)
        cfg = Config.fromfile(path)
        init_default_scope('mmpretrain')
        torch.manual_seed(0)
        network = MODELS.build(cfg.model)
        torch.save(dict(state_dict=network.state_dict()), tmp_path / 'epoch_1.pth')
        tool, drawn = load_tool(), []
        sheet = tool.attention_sheet
        monkeypatch.setattr(
            tool,
            'attention_sheet',
            lambda rows, *rest: drawn.append((rows, *rest)) or sheet(rows, *rest),
        )

        def run(*args):
            monkeypatch.setattr(
                sys,
                'argv',
                [
                    'tool',
                    *map(
                        str, (path, tmp_path / 'epoch_1.pth', *args, '--out', tmp_path / 'maps.png')
                    ),
                ],
            )
            tool.main()
            picture = cv2.imread(str(tmp_path / 'maps.png'))
            assert picture.std() > 20
            return drawn.pop()

        run.network, run.cfg = network.eval(), cfg
        return run

    return build


@pytest.mark.parametrize(
    'kind, grid', [('vit', (4, 6)), ('kept', (4, 6)), ('without', (4, 6)), ('resnet', (4, 6))]
)
def test_maps_are_of_the_network(make, kind, grid, faces):
    run = make(kind)
    rows, classes, title = run('--indices', 2, 0, '--block', 0)
    assert title.endswith(f'block 1 of {3 if kind != "resnet" else 2}')
    assert classes[0] == 'surprise' and [row.name for row in rows] == [
        'test_0003_aligned.jpg',
        'test_0001_aligned.jpg',
    ]
    # by hand: the picture, stretched, normalised
    picture = cv2.imread(str(next(faces.rglob('test_0003_aligned.jpg'))))
    picture = cv2.resize(picture, (48, 32))[..., ::-1]
    assert np.array_equal(rows[0].image, picture)
    mean, std = (np.array(run.cfg.model.data_preprocessor[k]) for k in ('mean', 'std'))
    inputs = torch.tensor(((picture - mean) / std).transpose(2, 0, 1)[None]).float()
    with torch.no_grad():
        feats = run.network.extract_feat(inputs)
        wanted = run.network.head.attention(feats, 0)[0]
        scores = run.network.head(feats).softmax(1)[0]
    if kind == 'kept':
        assert wanted.size(1) == 25
        wanted = wanted[:, 1:]
    assert rows[0].maps.shape == (7, *grid)
    assert rows[0].maps.reshape(7, -1) == pytest.approx(wanted.numpy(), abs=1e-5)
    assert rows[0].scores == pytest.approx(scores.numpy(), abs=1e-5)
    lines = (faces / 'EmoLabel/list_patition_label.txt').read_text().splitlines()
    assert f'test_0003.jpg {rows[0].given + 1}' in lines


def test_a_network_of_another_data_set(make, tmp_path):
    """Its queries have its own classes, and a label is theirs of the same name, or none."""
    run = make('resnet')
    (label,) = {row.given for row in run('--indices', 2)[0]}
    own = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
    head = dict(run.cfg.model.head, num_classes=6)
    other = MODELS.build(dict(run.cfg.model, head=head))
    names = [name for name in reversed(own) if name != own[label]]
    for theirs, given in ((names, None), ([own[label], *names[1:]], 0)):
        meta = dict(dataset_meta=dict(classes=theirs))
        torch.save(dict(state_dict=other.state_dict(), meta=meta), tmp_path / 'epoch_1.pth')
        rows, shown, _ = run('--indices', 2)
        assert rows[0].given == given and rows[0].maps.shape[0] == 6 and list(shown) == theirs


def test_pictures_of_ones_own(make, faces):
    run = make('bgr')
    paths = sorted(faces.rglob('train_*.jpg'))[:2]
    rows, _, title = run(*paths)
    assert [row.name for row in rows] == [path.name for path in paths]
    assert title.endswith('block 3 of 3') and rows[0].given is None
    # given to the network as BGR, and shown right
    assert np.array_equal(rows[0].image, cv2.resize(cv2.imread(str(paths[0])), (48, 32))[..., ::-1])


def test_faces_by_chance(make):
    run = make('vit')
    names = [[row.name for row in run('--num', 3, '--seed', seed)[0]] for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2] and len(set(names[0])) == 3
    rows, *_ = run('--split', 'train', '--num', 9)
    assert len(rows) == 4 and all(row.name.startswith('train') for row in rows)


def test_what_is_refused(make, tmp_path, capsys):
    run = make('vit')
    for arguments, said in (
        (('--block', 3), 'the decoder has 3, 0 to 2'),
        (('--indices', 6), 'images 0 to 5'),
    ):
        with pytest.raises(SystemExit, match=said):
            run(*arguments)
    for arguments, said in (
        (('none.png',), 'none.png: no such file'),
        (('--num', 0), 'at least 1 image'),
    ):
        with pytest.raises(SystemExit):
            run(*arguments)
        assert said in capsys.readouterr().err
    torch.save(dict(state_dict={}), tmp_path / 'epoch_1.pth')
    with pytest.raises(SystemExit, match='does not fit the model'):
        run()
    with pytest.raises(SystemExit, match='a PartialLabelHead has no label queries'):
        make('linear')()
