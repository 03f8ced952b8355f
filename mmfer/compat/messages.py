"""Messages of the host that ask the user for nothing."""

import warnings

from .repair import repair, wrap


@repair(
    fault='a warning and a log line at each start that nobody can act on',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def quiet_harmless_warnings() -> None:
    """Drop messages of the host that ask the user for nothing.

    mmcv-lite has no compiled operators, which no model of ours uses; and MMEngine tells that its
    own checkpoint hook uses deprecated classes.
    """
    from mmengine.fileio import file_client

    warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')

    def print_log(original, msg, *args, **kwargs):
        if 'will be deprecated in future' not in msg:
            original(msg, *args, **kwargs)

    wrap(file_client, 'print_log', print_log)
