# Faces of your own: copy this file, set classes, data_root and ann_file. The recipe is in
# README.md. data_root: environment variable MMFER_OWN_DATA, or write it here. Other methods: take
# clex for another of _base_/methods.
_base_ = [
    '../_base_/datasets/own.py',
    '../_base_/backbones/r18.py',
    '../_base_/methods/clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

classes = ('angry', 'happy', 'neutral', 'sad')
num_classes = len(classes)
data_root = '{{$MMFER_OWN_DATA:data/own}}'
ann_file = 'labels.csv'  # '' for class folders
model = _base_.method
if model.head.type == 'CLEXHead':
    model.head.d = None  # 1, as published; 0 of two classes
