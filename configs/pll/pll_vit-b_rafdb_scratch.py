# Without pre-training. The paper's own row does not tell whether it starts from
# ImageNet or from random weights; these are random.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(backbone=dict(init_cfg=None))
# layer decay would leave the lower layers as they were drawn
optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=1.))
