# The noisy labels that EAC published and its followers use: 30.33 % of the
# training labels differ from the clean list (noise01.txt: 10.11 %,
# noise02.txt: 20.36 %). Below RAFDB_ROOT, or an absolute path.
_base_ = 'ce_r18_rafdb.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='file', path='EmoLabel/noise03.txt')))
