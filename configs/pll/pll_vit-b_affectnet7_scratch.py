# Without pre-training, from random weights: see pll_vit-b_rafdb_scratch.py.
_base_ = 'pll_vit-b_affectnet7.py'

model = dict(backbone=dict(init_cfg=None))
# layer decay would leave the lower layers as they were drawn
optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=1.))
