# Row (c) of the paper's ablation: with normalisation and L_CSL.
_base_ = 'clex_r18_rafdb_noise30.py'

model = dict(head=dict(lambda_ac=0, gamma=0))
