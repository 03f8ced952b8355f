# PLL-FER's pre-training by its text, ViT-S/16: masked HOG, the encoder on the visible 60 %, 600
# epochs on three FER sets without labels.
_base_ = [
    '../_base_/datasets/fer_unlabelled.py',
    '../_base_/pretrain/maskfeat-mae_vit-s.py',
    '../_base_/schedules/adamw_cosine_pretrain_600e.py',
    '../_base_/pretrain_runtime.py',
]
