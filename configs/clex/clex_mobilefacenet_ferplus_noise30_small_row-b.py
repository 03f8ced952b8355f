# Row (b) of the paper's ablation: with attention consistency.
_base_ = 'clex_mobilefacenet_ferplus_noise30_small.py'

model = dict(head=dict(lambda_csl=0))
