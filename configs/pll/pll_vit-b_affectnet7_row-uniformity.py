# Row of the ablation: + decoder + uniformity of the label embeddings.
_base_ = 'pll_vit-b_affectnet7.py'

model = dict(head=dict(confidence=dict(update='none')))
