# Real noise: trained on the labels that a machine gave (original release), tested on the validation
# set that people labelled. The paper does not say how many classes; 7 as its accuracies on
# AffectNet suggest.
_base_ = 'clex_r18_affectnet7.py'

train_dataloader = dict(dataset=dict(split='auto', release='original'))
