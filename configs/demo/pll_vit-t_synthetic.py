# PLL-FER on synthetic faces, for tools/demo.sh pll: minutes on two CPU cores. A face's candidates
# are the answers that at least a fifth of its 40 simulated annotators gave, all alike at first.
# Which of them was drawn is for diagnosis. The faces: tools/dataset_tools/make_synthetic.py
# --layout rafdb
# --blend-share .6; another folder: environment variable MMFER_DEMO_DATA. The encoder, of
# maskfeat-mae_vit-t_synthetic.py: MMFER_VIT.
#
# What differs from the published recipe, and why:
# - 64 px, so 4 x 4 patches, a small network and batches of 32: some 2 100 times
#   less to compute. A higher lr, layer decay nearer to 1: it is pre-trained for
#   a minute, and there are few steps.
# - The revision takes the softmax: a sigmoid decides late, if at all (see
#   configs/pll/README.md), and there are few epochs.
_base_ = '../pll/pll_vit-b_rafdb.py'

data_root = '{{$MMFER_DEMO_DATA:data/synthetic_rafdb_votes}}'
image_size = 64
train_pipeline = '$one_view_pipeline'
total_batch_size = 32
train_dataloader = dict(
    batch_size=total_batch_size,
    num_workers=1,
    dataset=dict(
        data_root=data_root,
        candidates=dict(
            _delete_=True, kind='votes', rule='threshold', threshold=0.2, weights='uniform'
        ),
    ),
)
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

model = dict(
    backbone=dict(
        arch=dict(
            _delete_=True, embed_dims=96, num_layers=4, num_heads=3, feedforward_channels=192
        ),
        drop_path_rate=0.0,
    ),
    head=dict(in_channels=96, heads=3, confidence=dict(response='softmax')),
)

optim_wrapper = dict(optimizer=dict(lr=1e-3), paramwise_cfg=dict(layer_decay_rate=0.9))
param_scheduler = _base_.param_scheduler
param_scheduler[0].end = param_scheduler[1].begin = 1
param_scheduler[1].update(T_max=19, end=20)
train_cfg = dict(max_epochs=20)
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=2, save_best=None))
