# default_runtime.py for runs that nothing is validated in: no best epoch.
_base_ = 'default_runtime.py'

default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=2, save_best=None))
