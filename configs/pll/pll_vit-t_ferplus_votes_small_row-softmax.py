# Row of the ablation: encoder + softmax, on the majority label.
_base_ = 'pll_vit-t_ferplus_votes_small_row-pll.py'

model = dict(head=dict(learn_from='label', confidence=None))
