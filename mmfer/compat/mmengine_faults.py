"""MMEngine's small faults: memories that copies share, and messages that ask for nothing."""

import warnings

from .repair import repair, wrap


def _memory_is_shared() -> bool:
    from mmengine.dataset import BaseDataset

    defaults = BaseDataset._copy_without_annotation.__defaults__
    return bool(defaults) and isinstance(defaults[0], dict)


@repair(
    fault='get_subset, at random: the parts of a data set are those of another, '
    'as in "TypeError: \'CustomDataset\' object is not callable"',
    versions=('mmengine<0.11',),
    seen=_memory_is_shared,
)
def copy_subsets_apart() -> None:
    """Let each ``get_subset`` copy with a memory of its own.

    mmengine's default memory is one dict for the whole process. It knows the data sets that were
    copied by their ids, which Python gives to other objects once those are gone.
    """
    from mmengine.dataset import BaseDataset

    def copy(original, self, memo=None):
        return original(self, {} if memo is None else memo)

    wrap(BaseDataset, '_copy_without_annotation', copy)


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
