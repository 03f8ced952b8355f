# Row (a) of the paper's ablation: cross-entropy on both views.
_base_ = 'clex_r18_rafdb_noise30.py'

model = dict(head=dict(lambda_csl=0, lambda_ac=0))
