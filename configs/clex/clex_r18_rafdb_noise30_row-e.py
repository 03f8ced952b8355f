# Row (e) of the paper's ablation: the full method, so nothing differs.
_base_ = 'clex_r18_rafdb_noise30.py'
