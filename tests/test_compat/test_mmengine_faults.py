"""Copies stay apart; messages that ask the user for nothing are dropped, others stay."""

import subprocess
import sys
import warnings

import mmengine
import pytest
from mmengine.dataset import BaseDataset
from mmengine.fileio import FileClient, file_client

from mmfer import compat


class Listed(BaseDataset):
    """Two images, and another data set among its parts."""

    def __init__(self, part=None):
        self.part = part
        super().__init__()

    def load_data_list(self):
        return [dict(number=0), dict(number=1)]


@pytest.mark.skipif(not compat.copy_subsets_apart.concerned, reason='no fault: the fork')
def test_shared_memory():
    copy, first = BaseDataset._copy_without_annotation.__wrapped__, Listed()
    earlier = copy(first)
    # what was copied once is not copied again, be it by chance of its id
    assert copy(Listed(first)).part is earlier


def test_subsets_apart():
    first = Listed()
    earlier = first._copy_without_annotation()
    for number in (0, 1):
        found = Listed(first).get_subset([number])
        assert isinstance(found.part, Listed) and found.part is not earlier
        assert [found.get_data_info(i)['number'] for i in range(len(found))] == [number]
    # a memory that is handed in is used
    memo = {id(first): earlier}
    assert Listed(first)._copy_without_annotation(memo).part is earlier


def test_warnings():
    message = (
        'Fail to import ``MultiScaleDeformableAttention`` from ``mmcv.ops.multi_scale_deform_attn``'
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        warnings.warn(message, stacklevel=1)
        compat.quiet_harmless_warnings.cure()
        warnings.warn(message, stacklevel=1)
        warnings.warn('another', stacklevel=1)
    assert [str(w.message) for w in caught] == [message, 'another']


def test_nothing_is_said_when_the_host_is_loaded():
    code = 'import mmfer, mmpretrain.models'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 0 and 'Fail to import' not in done.stderr, done.stderr


def test_file_client(caplog):
    MMLogger = mmengine.logging.MMLogger
    logger = MMLogger.get_instance('test_compat')
    logger.addHandler(caplog.handler)
    FileClient.infer_client(uri='.')
    assert not caplog.records
    file_client.print_log('something else', logger=logger, level=30)
    assert [r.message for r in caplog.records] == ['something else']
    caplog.clear()
    file_client.print_log.__wrapped__(
        '"FileClient" will be deprecated in future.', logger=logger, level=30
    )
    assert len(caplog.records) == 1
