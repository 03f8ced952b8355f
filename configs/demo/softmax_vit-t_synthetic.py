# The network, encoder and epochs of pll_vit-t_synthetic.py, with cross-entropy on one label a face:
# the answer with the most votes, which tools/demo/majority_labels.py writes.
_base_ = 'pll_vit-t_synthetic.py'

train_dataloader = dict(
    dataset=dict(candidates=None, noise=dict(kind='file', path='EmoLabel/majority.txt'))
)
model = dict(head=dict(learn_from='label', confidence=None))
