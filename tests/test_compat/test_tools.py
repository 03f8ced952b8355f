"""Each repair of a tool of the host: the tool without it, and with it.

The tools run in this process, as they are; tests/test_tools/test_host.py runs them through
tools/host.py.
"""

import importlib.util
import runpy
import sys
from importlib import metadata
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from mmpretrain.models import ImageClassifier

from mmfer.compat import tools

ROOT = Path(__file__).parents[2]
HOST = Path(importlib.util.find_spec('mmpretrain').origin).parent / '.mim' / 'tools'


def skip_without_fault(repair):
    return pytest.mark.skipif(
        not repair.concerned, reason=f'no fault; it is for {" or ".join(repair.versions)}'
    )


@pytest.fixture
def run_host(monkeypatch, tmp_path):
    """Returns a function that runs a tool of the host, unrepaired."""
    matplotlib.use('agg')
    monkeypatch.chdir(tmp_path)

    def run(tool: str, *arguments):
        path = HOST / tool
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        return runpy.run_path(str(path), run_name='__main__')

    return run


class TestVisCam:
    @skip_without_fault(tools.stand_in_for_pkg_resources)
    def test_pkg_resources(self, run_host, monkeypatch, capsys):
        # set first, so that the stand-in goes with the test
        monkeypatch.setitem(sys.modules, 'pkg_resources', None)
        monkeypatch.delitem(sys.modules, 'pkg_resources')
        with pytest.raises(ModuleNotFoundError, match='pkg_resources'):
            run_host('visualization/vis_cam.py', '--help')
        tools.stand_in_for_pkg_resources.cure()
        with pytest.raises(SystemExit) as end:
            run_host('visualization/vis_cam.py', '--help')
        assert end.value.code == 0 and 'Visualize CAM' in capsys.readouterr().out
        import pkg_resources

        assert pkg_resources.get_distribution('torch').version == metadata.version('torch')
        # others look for it; a stand-in without a spec would fail them
        assert importlib.util.find_spec('pkg_resources') is not None

    def test_use_cuda(self, monkeypatch):
        """Where grad-cam < 1.5 is installed, GradCAM is made to take what 1.5 takes; the pictures
        of the two agreed when this was written."""
        cam = pytest.importorskip('pytorch_grad_cam')
        classes = tools._cam_classes()
        assert {cam.GradCAM, cam.GradCAMPlusPlus, cam.EigenCAM} <= set(classes)
        for one in classes:
            monkeypatch.setattr(one, '__init__', one.__init__)
        if not tools.drop_use_cuda.concerned:
            old = cam.GradCAM.__init__

            def new(self, model, target_layers, reshape_transform=None):
                old(self, model, target_layers, reshape_transform=reshape_transform)

            monkeypatch.setattr(cam.GradCAM, '__init__', new)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
        ).eval()
        arguments = dict(model=model, target_layers=[model[0]])
        with pytest.raises(TypeError, match='use_cuda'):
            cam.GradCAM(**arguments, use_cuda=False)
        assert tools.drop_use_cuda.seen()
        tools.drop_use_cuda.cure()
        image = torch.rand(1, 3, 8, 8)
        maps = cam.GradCAM(**arguments, use_cuda=False)(image, targets=None)
        assert maps.shape == (1, 8, 8)
        assert np.array_equal(maps, cam.GradCAM(**arguments)(image, targets=None))


class TestVisTsne:
    @pytest.fixture
    def run(self, run_host, tiny_config_file, tmp_path):
        """Returns a function: vis_tsne on 12 images; gives the features."""

        def run(*arguments):
            run_host(
                'visualization/vis_tsne.py',
                tiny_config_file,
                '--perplexity',
                '3',
                '--n-iter',
                '250',
                '--work-dir',
                tmp_path / 'tsne',
                '--device',
                'cpu',
                *arguments,
            )
            (path,) = (tmp_path / 'tsne').rglob('feat_0.npy')
            assert path.with_suffix('.png').is_file()
            return np.load(path)

        return run

    @pytest.fixture(autouse=True)
    def restore(self, monkeypatch):
        from sklearn.manifold import TSNE

        monkeypatch.setattr(TSNE, '__init__', TSNE.__init__)
        monkeypatch.setattr(ImageClassifier, 'extract_feat', ImageClassifier.extract_feat)

    @skip_without_fault(tools.rename_tsne_iterations)
    def test_number_of_iterations(self, run):
        from sklearn.manifold import TSNE

        with pytest.raises(TypeError, match='n_iter|max_iter'):
            run()
        tools.rename_tsne_iterations.cure()
        for name in ('n_iter', 'max_iter'):
            made = TSNE(**{name: 251}, perplexity=3.0)
            assert made.get_params()[tools._tsne_names().pop()] == 251

    @pytest.mark.parametrize(
        'arguments, fault',
        [
            (
                ('--vis-stage', 'backbone', '--cfg-options', 'test_dataloader.batch_size=11'),
                'same number of dimensions',
            ),  # 12 images: the last batch has one
            (('--vis-stage', 'pre_logits'), 'out of range'),
        ],
    )
    def test_features(self, run, tmp_path, arguments, fault):
        if tools.rename_tsne_iterations.concerned:
            tools.rename_tsne_iterations.cure()
        with pytest.raises((ValueError, IndexError), match=fault):
            run(*arguments)
        tools.pool_tsne_features.cure()
        assert run(*arguments).shape == (12, 4)  # channels


class TestBrowseDataset:
    @skip_without_fault(tools.give_renderer)
    def test_renderer(self, run_host, tiny_config_file, tmp_path, monkeypatch):
        from matplotlib import _tight_bbox

        monkeypatch.setattr(_tight_bbox, 'adjust_bbox', _tight_bbox.adjust_bbox)
        arguments = (
            'visualization/browse_dataset.py',
            tiny_config_file,
            '--not-show',
            '-o',
            tmp_path / 'out',
            '-n',
            1,
        )
        with pytest.raises(TypeError, match='renderer'):
            run_host(*arguments)
        tools.give_renderer.cure()
        run_host(*arguments)
        (picture,) = (tmp_path / 'out').iterdir()
        assert picture.stat().st_size > 1000


def test_every_tool_is_one_of_the_host():
    for repair in tools.TOOL_REPAIRS:
        for name in repair.tools:
            assert list(HOST.rglob(f'{name}.py')), name
