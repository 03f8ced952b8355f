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
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import DATASETS

from mmfer.compat import tools
from mmfer.engine import kfold
from mmfer.synthetic import write_rafdb

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


class Stopped(Exception):
    """Carries the config with which the k-fold tool would train."""


class TestKFold:
    CONFIG = """
_base_ = {base!r}
train_dataloader = dict(num_workers=2, dataset=dict(data_root={data!r}, on_error='skip'))
"""

    @pytest.fixture
    def config_file(self, tmp_path):
        write_rafdb(tmp_path / 'faces', train=40, test=7, size=16)
        path = tmp_path / 'noisy.py'
        path.write_text(
            self.CONFIG.format(
                base=str(ROOT / 'configs/clex/clex_r18_rafdb_noise30.py'),
                data=str(tmp_path / 'faces'),
            )
        )
        return path

    @pytest.fixture
    def prepare(self, run_host, config_file, tmp_path, monkeypatch):
        """Returns a function that gives the config the tool would train."""
        from mmengine import dist

        def stop(cfg):
            raise Stopped(cfg)

        monkeypatch.setattr(Runner, 'from_cfg', stop)
        monkeypatch.setattr(Config, 'fromfile', Config.fromfile)
        monkeypatch.setattr(dist, 'sync_random_seed', dist.sync_random_seed)

        def prepare(*arguments):
            with pytest.raises(Stopped) as stopped:
                run_host(
                    'kfold-cross-valid.py',
                    config_file,
                    '--num-splits',
                    4,
                    '--fold',
                    1,
                    '--work-dir',
                    tmp_path / 'run',
                    *arguments,
                )
            return stopped.value.args[0]

        return prepare

    def test_fault(self, prepare):
        cfg = prepare('--seed', '0')
        assert cfg.kfold_split_seed != 0
        assert cfg.val_dataloader.dataset.dataset.noise.rate == 0.3
        assert cfg.val_dataloader.dataset.dataset.on_error == 'skip'
        assert cfg.train_dataloader.persistent_workers
        assert 'worker_init_fn' not in cfg.train_dataloader

    @pytest.mark.parametrize('seed, expected', [((), 0), (('--seed', '0'), 0), (('--seed', 5), 5)])
    def test_seed(self, prepare, seed, expected):
        kfold.adapt_kfold.cure()
        assert prepare(*seed).kfold_split_seed == expected

    def test_folds(self, prepare):
        """The test fold has the clean labels, the training folds the noisy ones, and no image is in
        both."""
        kfold.adapt_kfold.cure()
        cfg = prepare('--seed', '0')
        init_default_scope('mmpretrain')
        sets = {
            name: DATASETS.build(cfg[f'{name}_dataloader'].dataset)
            for name in ('train', 'val', 'test')
        }
        rows = {name: [one.get_data_info(i) for i in range(len(one))] for name, one in sets.items()}
        wrong = {
            name: sum(row['gt_label'] != row['clean_label'] for row in own)
            for name, own in rows.items()
        }
        assert {name: len(own) for name, own in rows.items()} == dict(train=30, val=10, test=10)
        assert wrong['val'] == wrong['test'] == 0
        whole = DATASETS.build(cfg.train_dataloader.dataset.dataset)
        given = {row['img_path']: row for row in map(whole.get_data_info, range(40))}
        paths = {name: [row['img_path'] for row in own] for name, own in rows.items()}
        assert sorted(paths['train'] + paths['val']) == sorted(given)
        assert paths['val'] == paths['test']
        for row in rows['train']:
            assert row['gt_label'] == given[row['img_path']]['gt_label']
        noisy = {path for path, row in given.items() if row['gt_label'] != row['clean_label']}
        assert len(noisy) == 12 and wrong['train'] == len(noisy & set(paths['train'])) > 0
        assert noisy & set(paths['val'])  # there was something to clean
        # an unreadable image of the training folds is replaced, of the test fold named
        assert sets['train'].dataset.on_error == 'skip' and not sets['train'].dataset.test_mode
        assert sets['val'].dataset.on_error == 'raise' and sets['val'].dataset.test_mode

    def test_loaders(self, prepare):
        kfold.adapt_kfold.cure()
        train = prepare().train_dataloader
        assert not train.persistent_workers
        assert train.worker_init_fn.type == 'rng_worker_init'
        cfg = prepare(
            '--cfg-options', 'train_dataloader.num_workers=0', 'val_dataloader.num_workers=0'
        )
        assert not cfg.val_dataloader.persistent_workers

    @pytest.mark.parametrize(
        'options, processes, batch',
        [
            ((), 1, 32),
            ((), 2, 16),
            (('total_batch_size=64',), 2, 32),
            (('train_dataloader.batch_size=8',), 2, 8),
        ],
    )
    def test_batch(self, prepare, monkeypatch, options, processes, batch):
        kfold.adapt_kfold.cure()
        monkeypatch.setenv('WORLD_SIZE', str(processes))
        monkeypatch.setenv('LOCAL_RANK', '0')
        options = ('--cfg-options', *options) if options else ()
        cfg = prepare('--launcher', 'pytorch', *options)
        assert cfg.train_dataloader.batch_size == batch

    def test_no_validation(self, prepare):
        kfold.adapt_kfold.cure()
        assert prepare('--no-validate').val_dataloader is None


def test_every_tool_is_one_of_the_host():
    for repair in tools.TOOL_REPAIRS:
        for name in repair.tools:
            assert list(HOST.rglob(f'{name}.py')), name
