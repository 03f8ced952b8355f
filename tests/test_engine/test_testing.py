"""--tta, --show-dir and their like of tools/test.py."""

import importlib.util
import pickle
import runpy
import sys
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools/test.py'
HOST = Path(importlib.util.find_spec('mmpretrain').origin).parent / '.mim/tools/test.py'


def options(path) -> set:
    """Names of a tool's options, from its source."""
    import ast

    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    words = [one.value for call in calls for one in call.args if isinstance(one, ast.Constant)]
    return {word for word in words if isinstance(word, str) and word.startswith('--')}


def test_every_option_of_the_host():
    ours = options(TOOL) | options(ROOT / 'mmfer/engine/cli.py')
    assert '--tta' in options(HOST) and options(HOST) <= ours


@pytest.fixture
def checkpoint(tiny_config, tmp_path):
    """Of random weights that tell the classes apart by colour."""
    cfg = tiny_config(tmp_path / 'start')
    model = Runner.from_cfg(cfg).model
    torch.manual_seed(0)
    model.init_weights()
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.3 * torch.randn_like(weight)
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'start.pth')
    return tmp_path / 'start.pth'


@pytest.fixture
def tool(tiny_config_file, checkpoint, tmp_path, monkeypatch):
    """Returns a function: options -> predictions of tools/test.py, by picture."""
    monkeypatch.chdir(tmp_path)

    def run(*words, config=tiny_config_file, out='results.pkl'):
        words = [TOOL, config, checkpoint, '--work-dir', 'work', '--out', out, *words]
        monkeypatch.setattr(sys, 'argv', [str(word) for word in words])
        runpy.run_path(str(TOOL), run_name='__main__')
        with open(out, 'rb') as file:
            samples = pickle.load(file)
        return {'/'.join(Path(s['img_path']).parts[-2:]): s for s in samples}

    return run


def scores(found):
    return torch.stack([one['pred_score'] for one in found.values()])


def mirrored(tmp_path, tiny_config_file):
    """A config of the same pictures, mirrored."""
    for path in sorted((tmp_path / 'images').glob('*/*.png')):
        turned = np.ascontiguousarray(mmcv.imread(str(path))[:, ::-1])
        mmcv.imwrite(turned, str(tmp_path / 'turned' / path.parent.name / path.name))
    text = tiny_config_file.read_text()
    other = tmp_path / 'turned.py'
    other.write_text(text.replace(str(tmp_path / 'images'), str(tmp_path / 'turned')))
    return other


def test_tta_of_a_plain_config(tool, tmp_path, tiny_config_file, capsys):
    """The mean of each picture and its mirror image; the label is that of the mean."""
    plain = tool()
    turned = tool(config=mirrored(tmp_path, tiny_config_file))
    assert (scores(plain) - scores(turned)).abs().max() > 1e-3
    capsys.readouterr()
    both = tool('--tta')
    mean = (scores(plain) + scores(turned)) / 2
    assert list(both) == list(plain) and torch.allclose(scores(both), mean, atol=1e-6, rtol=0)
    labels = torch.cat([one['pred_label'] for one in both.values()])
    assert torch.equal(labels, mean.argmax(1))
    # and so says the tool
    given = torch.cat([one['gt_label'] for one in both.values()])
    right = (labels == given).float()
    lines = capsys.readouterr().out.splitlines()
    told = dict(line.split(': ') for line in lines if line.startswith('accuracy/'))
    assert float(told['accuracy/top1']) == pytest.approx(100 * right.mean().item(), abs=1e-3)
    by_class = [right[given == k].mean().item() for k in range(3)]
    assert float(told['accuracy/mean_class']) == pytest.approx(100 * np.mean(by_class), abs=1e-3)


def test_tta_of_the_config(tool, tmp_path, tiny_config_file):
    """tta_pipeline and tta_model as the config has them."""
    config = tmp_path / 'own.py'
    config.write_text(
        f"""
_base_ = [{str(tiny_config_file)!r}]
tta_model = dict(type='AverageClsScoreTTA')
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='RandomFlip', prob=1.), dict(type='RandomFlip', prob=1.)],
        [dict(type='PackInputs')]])]
"""
    )
    turned = scores(tool(config=mirrored(tmp_path, tiny_config_file)))
    assert torch.allclose(scores(tool('--tta', config=config)), turned, atol=1e-6, rtol=0)
    assert torch.equal(scores(tool(config=config)), scores(tool()))


def test_pictures(tool, tmp_path):
    """One a tested picture, in the folders of the classes, in its colours; with --tta, too."""
    tool('--show-dir', 'shown')
    names = {f'{kind}/{i}.png_0.png' for kind in 'abc' for i in range(4)}
    shown = tmp_path / 'shown'
    assert {str(p.relative_to(shown)) for p in shown.rglob('*.png')} == names
    for channel, kind in enumerate('abc'):  # the file's own order, BGR
        picture = mmcv.imread(str(shown / kind / '2.png_0.png'))
        assert picture[-4:].mean((0, 1)).argmax() == channel
    tool('--show-dir', 'some', '--interval', 5, '--tta')
    chosen = sorted(
        str(p.relative_to(tmp_path / 'some')) for p in (tmp_path / 'some').rglob('*.png')
    )
    assert chosen == ['a/0.png_0.png', 'b/1.png_0.png', 'c/2.png_0.png']
    for name in chosen:  # the label apart, the picture as it is, not mirrored
        one, other = (mmcv.imread(str(tmp_path / d / name)) for d in ('shown', 'some'))
        assert np.array_equal(one[-4:], other[-4:])


@pytest.mark.parametrize(
    'words, told',
    [
        (('--interval', '3'), '--interval needs --show-dir'),
        (('--wait-time', '3', '--show-dir', 'x'), '--wait-time needs --show'),
        (('--interval', '0', '--show-dir', 'x'), '--interval 0: '),
        (('--wait-time', '-1', '--show'), '--wait-time -1.0: '),
    ],
)
def test_what_would_draw_nothing(tool, words, told, capsys):
    with pytest.raises(SystemExit):
        tool(*words)
    assert told in capsys.readouterr().err


def test_a_pipeline_without_a_place_for_mirrors():
    from mmfer.engine.testing import set_tta

    wrapped = dict(type='KFoldDataset', dataset=dict(pipeline=[dict(type='Resize')]))
    cfg = Config(dict(model=dict(type='A'), test_dataloader=dict(dataset=wrapped)))
    with pytest.raises(ValueError, match='ends in Resize, not in PackInputs'):
        set_tta(cfg)
    packed = [dict(type='mmpretrain.PackInputs')]
    several = dict(datasets=[dict(pipeline=packed), dict(dataset=dict(pipeline=packed))])
    cfg = Config(dict(model=dict(type='A'), test_dataloader=dict(dataset=several)))
    set_tta(cfg)
    first, second = cfg.test_dataloader.dataset.datasets
    for one in (first, second.dataset):
        assert [step.type for step in one.pipeline] == ['TestTimeAug']
    assert cfg.model == dict(type='mmpretrain.AverageClsScoreTTA', module=dict(type='A'))
