# Row (b) of the paper's ablation: with attention consistency.
_base_ = 'clex_r18_rafdb_noise30.py'

model = dict(head=dict(lambda_csl=0))
