# MMPretrain's form of MaskFeat, ViT-B/16, on the same faces, target and schedule as
# maskfeat-mae_vit-b_fer_600e.py, so that the two can be compared.
_base_ = [
    '../_base_/datasets/fer_unlabelled.py',
    '../_base_/pretrain/maskfeat_vit-b.py',
    '../_base_/schedules/adamw_cosine_pretrain_600e.py',
    '../_base_/pretrain_runtime.py',
]
