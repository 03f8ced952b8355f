# Row (a) of the paper's ablation: cross-entropy on both views.
_base_ = 'clex_mobilefacenet_ferplus_noise30_small.py'

model = dict(head=dict(lambda_csl=0, lambda_ac=0))
