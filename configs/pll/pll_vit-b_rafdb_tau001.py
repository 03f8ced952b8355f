# The temperature of eq. 2. The optimal positions are the same for each, so that
# the rows differ where eq. 2 stays in the loss; the weight is ours.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(head=dict(tau=.001, lambda_uniformity=1.))
