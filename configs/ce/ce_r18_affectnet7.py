# Without contempt.
_base_ = 'ce_r18_affectnet8.py'

num_classes = 7
train_dataloader = dict(dataset=dict(num_classes=num_classes))
val_dataloader = dict(dataset=dict(num_classes=num_classes))
test_dataloader = val_dataloader
model = dict(head=dict(num_classes=num_classes))
