# The annotators' votes as candidates: the labels that have at least 30 % of
# them. Keeps images without a majority, too; tested on majority labels as ever.
_base_ = 'pll_vit-b_ferplus.py'

train_dataloader = dict(
    dataset=dict(
        rule='share',
        candidates=dict(
            _delete_=True, kind='votes', rule='share', weights='uniform')))
