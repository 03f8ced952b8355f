# MoCo v2 (MMPretrain's), ResNet-50, on the same faces. The paper's table: SGD .03, batch 256,
# weight decay 1e-4, 200 epochs. Two views of one kind.
_base_ = [
    '../_base_/datasets/fer_unlabelled_views.py',
    '../_base_/pretrain/mocov2_r50.py',
    '../_base_/schedules/sgd_cosine_pretrain_200e.py',
    '../_base_/pretrain_runtime.py',
]

train_pipeline = '$mocov2_pipeline'
train_dataloader = dict(batch_size=256)
