# Row of the ablation: + decoder + revised confidences.
_base_ = 'pll_vit-b_affectnet7.py'

model = dict(head=dict(embeddings='normal'))
