# The temperature of eq. 2. The optimal positions are the same for each, so that
# eq. 2 stays in the loss here; the weight is ours. The embeddings hardly move
# from there at any of the three: expect differences of seeds.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(head=dict(tau=.001, lambda_uniformity=1.))
