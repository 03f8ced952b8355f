# From random weights. L_CSL and L_AC outweigh the cross-entropy while the
# logits are tiny, so they grow over the first 5 epochs (384 steps each).
_base_ = 'clex_r18_rafdb_noise30.py'

model = dict(
    backbone=dict(
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', val=1, layer='_BatchNorm')
        ]),
    head=dict(warmup_iters=5 * 384))
