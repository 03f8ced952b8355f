# Makes the candidate sets of the README, from whose folds it trains
# (tools/dataset_tools/make_candidates.py): 3 000 images without noise, 48 px, 5 epochs.
_base_ = [
    '../_base_/datasets/ferplus8_small.py',
    '../_base_/backbones/mobilefacenet.py',
    '../_base_/methods/ce.py',
    '../_base_/schedules/small_6e.py',
    '../_base_/small_runtime.py',
]

image_size = 48
model = _base_.method
train_dataloader = dict(dataset=dict(noise=None))
train_cfg = dict(max_epochs=5)
