"""Several processes on a CPU; end to end in tests/test_tools/test_dist.py."""

import pytest
import torch
from mmengine.dist import utils as dist_utils
from mmengine.model import MMDistributedDataParallel

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason='for machines without a GPU')


@pytest.fixture
def alone(monkeypatch):
    """The environment of a launcher that started one process."""
    for name, value in dict(
        RANK=0, LOCAL_RANK=0, WORLD_SIZE=1, MASTER_ADDR='127.0.0.1', MASTER_PORT=0
    ).items():
        monkeypatch.setenv(name, str(value))
    method = torch.multiprocessing.get_start_method(allow_none=True)
    yield
    torch.multiprocessing.set_start_method(method, force=True)  # init_dist sets it
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def test_start(alone):
    with pytest.raises((RuntimeError, AssertionError)):
        dist_utils._init_dist_pytorch.__wrapped__('gloo')
    assert not torch.distributed.is_initialized()
    dist_utils.init_dist('pytorch', backend='nccl')
    assert torch.distributed.get_backend() == 'gloo'


def test_wrapper(alone):
    dist_utils.init_dist('pytorch')
    arguments = dict(device_ids=[0], broadcast_buffers=False)
    model = torch.nn.Linear(2, 1)
    with pytest.raises(ValueError, match='device_ids'):
        MMDistributedDataParallel.__init__.__wrapped__(
            MMDistributedDataParallel.__new__(MMDistributedDataParallel), module=model, **arguments
        )
    wrapped = MMDistributedDataParallel(module=model, **arguments)
    assert wrapped.device_ids is None and not wrapped.broadcast_buffers
