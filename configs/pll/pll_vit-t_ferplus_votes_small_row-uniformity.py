# Row of the ablation: + decoder + uniformity of the label embeddings.
_base_ = 'pll_vit-t_ferplus_votes_small.py'

model = dict(head=dict(confidence=dict(update='none')))
