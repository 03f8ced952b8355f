# default_runtime.py for short runs: more lines of the log, one checkpoint.
_base_ = 'default_runtime.py'

default_hooks = dict(logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=1))
