"""Messages that ask the user for nothing are dropped, others stay."""

import warnings

import mmengine
from mmengine.fileio import FileClient, file_client

from mmfer import compat


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
