# default_runtime.py for models that revise the confidences in candidates: follows in how many
# images the clean label wins, in disambiguation.json.
_base_ = 'default_runtime.py'

custom_hooks = _base_.custom_hooks
custom_hooks.insert(-1, dict(type='DisambiguationHook'))
