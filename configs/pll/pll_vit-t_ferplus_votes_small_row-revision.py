# Row of the ablation: + decoder + revised confidences.
_base_ = 'pll_vit-t_ferplus_votes_small.py'

model = dict(head=dict(embeddings='normal'))
