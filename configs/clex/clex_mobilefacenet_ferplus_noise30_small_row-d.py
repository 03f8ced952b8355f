# Row (d) of the paper's ablation: all but the exchange.
_base_ = 'clex_mobilefacenet_ferplus_noise30_small.py'

model = dict(head=dict(gamma=0))
