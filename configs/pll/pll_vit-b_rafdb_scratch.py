# Without pre-training. The paper's own row does not tell whether it starts from
# ImageNet or from random weights; these are random.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(backbone=dict(init_cfg=None))
