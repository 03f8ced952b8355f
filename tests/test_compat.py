"""Each repair: the fault without it, the cure with it."""
import importlib.util
import os
import pickle
import subprocess
import sys
import warnings
from importlib import metadata

import mmcv
import mmengine
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dist import utils as dist_utils
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import MMDistributedDataParallel
from mmfer import compat


class TestCheckpoints:

    @pytest.fixture
    def checkpoint(self, tmp_path):
        """The parts of a checkpoint that plain weights_only loading refuses."""
        hub = MessageHub('test_compat')
        for value in (3., 1., 2.):
            hub.update_scalar('train/loss', value)
        path = tmp_path / 'epoch_1.pth'
        torch.save(dict(state_dict={'w': torch.ones(2)}, message_hub=hub.state_dict(),
                        best=np.float64(.5), matrix=np.eye(2, dtype=np.float32)), path)
        return path

    def test_fault(self, checkpoint):
        allowed = torch.serialization.get_safe_globals()
        torch.serialization.clear_safe_globals()
        try:
            with pytest.raises(pickle.UnpicklingError, match='HistoryBuffer'):
                torch.load(checkpoint)
        finally:
            torch.serialization.add_safe_globals(allowed)

    def test_cure(self, checkpoint):
        loaded = torch.load(checkpoint, weights_only=True)
        buffer = loaded['message_hub']['log_scalars']['train/loss']
        assert buffer.min() == 1. and buffer.current() == 2.
        assert buffer.statistics('mean', 2) == 1.5
        assert loaded['best'] == .5
        assert np.array_equal(loaded['matrix'], np.eye(2))

    @pytest.mark.parametrize('function, arguments', [
        (os.system, ('touch {}', )),
        (eval, ('open("{}", "w")', )),
        (getattr, (HistoryBuffer, '__init__')),
        (getattr, (HistoryBuffer, '__dict__')),
        (getattr, (np.ndarray, 'tofile')),
        (getattr, (HistoryBuffer(), 'mean')),
    ], ids=str)
    def test_crafted_file_is_refused(self, tmp_path, function, arguments):
        trace = tmp_path / 'trace'
        arguments = tuple(
            a.format(trace) if isinstance(a, str) else a for a in arguments)

        class Crafted:

            def __reduce__(self):
                return function, arguments

        path = tmp_path / 'crafted.pth'
        torch.save(dict(state_dict=Crafted()), path)
        with pytest.raises(pickle.UnpicklingError):
            torch.load(path)
        assert not trace.exists()


class TestPackageLookup:
    base = 'mmpretrain::resnet/resnet18_8xb32_in1k.py'

    @pytest.fixture
    def config_file(self, tmp_path):
        path = tmp_path / 'config.py'
        path.write_text(f'_base_ = {self.base!r}\nmodel = dict(head=dict(num_classes=7))\n')
        return path

    @pytest.mark.skipif(
        importlib.util.find_spec('pkg_resources') is not None,
        reason='this setuptools (< 82) still has pkg_resources')
    def test_fault(self, config_file):
        code = f'from mmengine.config import Config; Config.fromfile({str(config_file)!r})'
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert "No module named 'pkg_resources'" in run.stderr

    def test_cure(self, config_file):
        cfg = Config.fromfile(config_file)
        assert cfg.model.backbone.depth == 18 and cfg.model.head.num_classes == 7

    def test_lookup(self):
        folder = os.path.dirname(mmcv.__file__)
        assert compat.get_installed_path('mmcv') == folder
        assert compat.is_installed('mmengine')
        # by the distribution's name where that is no module's name
        for name in ('mmcv-lite', 'onedl-mmcv'):
            try:
                metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue
            assert compat.get_installed_path(name) == folder
        assert not compat.is_installed('no-such-package')
        with pytest.raises(metadata.PackageNotFoundError):
            compat.get_installed_path('no-such-package')


@pytest.mark.skipif(torch.cuda.is_available(), reason='for machines without a GPU')
class TestDistributedOnCPU:
    """Two processes end to end: tests/test_tools/test_dist.py."""

    @pytest.fixture
    def alone(self, monkeypatch):
        """The environment of a launcher that started one process."""
        for name, value in dict(RANK=0, LOCAL_RANK=0, WORLD_SIZE=1,
                                MASTER_ADDR='127.0.0.1', MASTER_PORT=0).items():
            monkeypatch.setenv(name, str(value))
        method = torch.multiprocessing.get_start_method(allow_none=True)
        yield
        torch.multiprocessing.set_start_method(method, force=True)  # init_dist sets it
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    def test_start(self, alone):
        with pytest.raises((RuntimeError, AssertionError)):
            dist_utils._init_dist_pytorch.__wrapped__('gloo')
        assert not torch.distributed.is_initialized()
        dist_utils.init_dist('pytorch', backend='nccl')
        assert torch.distributed.get_backend() == 'gloo'

    def test_wrapper(self, alone):
        dist_utils.init_dist('pytorch')
        arguments = dict(device_ids=[0], broadcast_buffers=False)
        model = torch.nn.Linear(2, 1)
        with pytest.raises(ValueError, match='device_ids'):
            MMDistributedDataParallel.__init__.__wrapped__(
                MMDistributedDataParallel.__new__(MMDistributedDataParallel),
                module=model, **arguments)
        wrapped = MMDistributedDataParallel(module=model, **arguments)
        assert wrapped.device_ids is None and not wrapped.broadcast_buffers


class TestHue:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)

    @pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < '2.0.0', reason='numpy 2')
    def test_fault(self):
        original = mmcv.image.photometric.adjust_hue.__wrapped__
        with pytest.raises(OverflowError):
            original(self.image, -0.1)

    @pytest.mark.parametrize('backend', ['cv2', 'pillow'])
    @pytest.mark.parametrize('turn, expected', [
        (-1 / 3, (255, 0, 0)),  # a third of the circle back from red is blue
        (0., (0, 0, 255)),
        (1 / 3, (0, 255, 0)),
    ])
    def test_cure(self, backend, turn, expected):
        red = np.full((2, 2, 3), (0, 0, 255), dtype=np.uint8)
        for adjust in (mmcv.adjust_hue, mmcv.image.adjust_hue):
            turned = adjust(red, turn, backend=backend).astype(int)
            assert np.abs(turned - expected).max() <= 6  # hue has 256 steps

    def test_positive_hue_is_untouched(self):
        original = mmcv.image.photometric.adjust_hue.__wrapped__
        assert np.array_equal(mmcv.adjust_hue(self.image, .3), original(self.image, .3))

    def test_out_of_range_is_still_an_error(self):
        with pytest.raises(ValueError, match='-0.6'):
            mmcv.adjust_hue(self.image, -.6)


class TestMessages:

    def test_warnings(self):
        message = ('Fail to import ``MultiScaleDeformableAttention`` from '
                   '``mmcv.ops.multi_scale_deform_attn``')
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            warnings.warn(message, stacklevel=1)
            compat.quiet_harmless_warnings()
            warnings.warn(message, stacklevel=1)
            warnings.warn('another', stacklevel=1)
        assert [str(w.message) for w in caught] == [message, 'another']

    def test_file_client(self, caplog):
        from mmengine.fileio import FileClient, file_client
        MMLogger = mmengine.logging.MMLogger
        logger = MMLogger.get_instance('test_compat')
        logger.addHandler(caplog.handler)
        FileClient.infer_client(uri='.')
        assert not caplog.records
        file_client.print_log('something else', logger=logger, level=30)
        assert [r.message for r in caplog.records] == ['something else']
        caplog.clear()
        file_client.print_log.__wrapped__(
            '"FileClient" will be deprecated in future.', logger=logger, level=30)
        assert len(caplog.records) == 1


class TestHost:

    def versions(self, monkeypatch, installed):

        def version(name):
            if name not in installed:
                raise metadata.PackageNotFoundError(name)
            return installed[name]

        monkeypatch.setattr(metadata, 'version', version)

    def test_this_one_fits(self):
        assert compat.check_host()

    @pytest.mark.parametrize('installed, message', [
        ({'mmengine': '0.8.0'}, r'mmengine 0\.8\.0 .*>=0\.10\.4,<0\.11'),
        ({'mmcv-lite': '2.4.0'}, r'mmcv-lite 2\.4\.0 .*<2\.4'),
        ({'mmpretrain': '1.2.0', 'onedl-mmpretrain': '1.3.6'},
         'mmpretrain and onedl-mmpretrain are both'),
    ])
    def test_one_clear_error(self, monkeypatch, installed, message):
        self.versions(monkeypatch, installed)
        with pytest.raises(ImportError, match=f'{message}.*') as error:
            compat.check_host()
        assert 'pip install "mmfer[openmmlab]"' in str(error.value)

    def test_fork_fits(self, monkeypatch):
        self.versions(monkeypatch, {
            'onedl-mmengine': '0.10.12', 'onedl-mmpretrain': '1.3.6', 'onedl-mmcv': '2.3.6'})
        assert compat.check_host()

    def test_absent_part_is_one_warning(self, monkeypatch):
        find = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, 'find_spec',
                            lambda name: None if name == 'mmpretrain' else find(name))
        with pytest.warns(UserWarning, match='mmpretrain not found') as caught:
            assert not compat.check_host()
        assert len(caught) == 1

    def test_functional_without_the_host(self):
        """In a process that cannot import any part of the host."""
        code = ('import sys\n'
                'for name in ("mmengine", "mmcv", "mmpretrain"):\n'
                '    sys.modules[name] = None\n'
                'import mmfer, mmfer.functional\n'
                'print(mmfer.__version__)\n')
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert run.stdout.strip() == '0.1.0'

    def test_import_is_light(self):
        code = ('import mmfer, sys; '
                'print([m for m in sys.modules if m.startswith("mmpretrain")])')
        run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert run.stdout.strip() == '[]', run.stderr


def test_twice_does_no_harm():
    before = mmcv.adjust_hue
    compat.apply()
    assert mmcv.adjust_hue is before
