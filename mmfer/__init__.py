"""mmfer: facial expression recognition with noisy and ambiguous labels.

A plug-in for MMPretrain. ``import mmfer`` checks the host's versions and applies the repairs of
:mod:`mmfer.compat`; it registers nothing. The registering subpackages (``mmfer.datasets``,
``mmfer.models``, ``mmfer.engine``, ``mmfer.evaluation``) are imported by ``custom_imports`` of the
configs. Without the host, ``mmfer.functional`` works all the same.
"""

from importlib.util import find_spec

__version__ = '0.1.0'

if find_spec('mmengine') is not None:
    from mmfer import compat

    if compat.check_host():
        compat.apply()
