# Row (d) of the paper's ablation: all but the exchange.
_base_ = 'clex_r18_rafdb_noise30.py'

model = dict(head=dict(gamma=0))
