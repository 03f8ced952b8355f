# A comparison that two CPU cores finish: the first 3 000 images of FERPlus Train at 80 px, 30 %
# symmetric noise, tested on all of Valid (Test stays untouched).
_base_ = 'ferplus8.py'

image_size = 80
train_dataloader = dict(
    batch_size=48,
    num_workers=1,
    dataset=dict(split='train', indices=3000, noise=dict(kind='symmetric', rate=0.3, seed=0)),
)
val_dataloader = dict(num_workers=1, dataset=dict(split='valid'))
test_dataloader = val_dataloader
