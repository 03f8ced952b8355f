# RAF-DB with the candidates that tools/dataset_tools/make_candidates.py wrote
# into the data set's folder.
_base_ = ['../../_base_/datasets/rafdb.py', 'pipeline.py']

train_dataloader = dict(
    batch_size=320,
    dataset=dict(
        candidates=dict(kind='file', path='candidates_k2.txt'),
        pipeline={{_base_.finetune_pipeline}}))
