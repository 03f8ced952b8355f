# Masks in blocks, as MaskFeat and BEiT have them.
_base_ = 'maskfeat-mae_vit-b_fer_600e.py'

model = dict(backbone=dict(masking='blocks'))
