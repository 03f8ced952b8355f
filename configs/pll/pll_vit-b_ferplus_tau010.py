# See ..._tau001.py.
_base_ = 'pll_vit-b_ferplus_tau001.py'

model = dict(head=dict(tau=.01))
