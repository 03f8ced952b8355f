# Row of the ablation: + decoder, with random label embeddings, confidences
# that stay uniform.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(
    head=dict(embeddings='normal', confidence=dict(update='none')))
