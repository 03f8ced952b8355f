# AffectNet, 8 classes, with the candidates that
# tools/dataset_tools/make_candidates.py wrote into the data set's folder.
_base_ = ['../../_base_/datasets/affectnet.py', 'pipeline.py']

finetune_pipeline = _base_.finetune_pipeline
finetune_pipeline.insert(1, _base_.crop)
train_dataloader = dict(
    batch_size=320,
    dataset=dict(
        candidates=dict(kind='file', path='candidates_8classes_k2.txt'),
        pipeline=finetune_pipeline))
