# Without contempt.
_base_ = 'affectnet8.py'

num_classes = 7
train_dataloader = dict(
    dataset=dict(
        num_classes=num_classes,
        candidates=dict(path='candidates_7classes_k2.txt')))
val_dataloader = dict(dataset=dict(num_classes=num_classes))
test_dataloader = val_dataloader
