# pll_runtime.py for short runs.
_base_ = 'pll_runtime.py'

default_hooks = dict(logger=dict(interval=20), checkpoint=dict(max_keep_ckpts=1))
