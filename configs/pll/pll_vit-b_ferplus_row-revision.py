# All but the uniformity of the label embeddings: with pll_vit-b_ferplus.py, the
# published comparison by the mean accuracy over classes.
_base_ = 'pll_vit-b_ferplus.py'

model = dict(head=dict(embeddings='normal'))
