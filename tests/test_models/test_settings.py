import pytest
from methods import LINEAR

from mmfer.models import CLEXHead, EACHead, ELRHead, PartialLabelHead, SampleLoss
from mmfer.models.settings import check_choice, check_settings, shown


@pytest.mark.parametrize(
    'head, name',
    [
        (CLEXHead, 'lambda_csl'),
        (CLEXHead, 'lambda_ce'),
        (CLEXHead, 'lambda_ac'),
        (EACHead, 'lambda_ac'),
        (ELRHead, 'lambda_elr'),
    ],
)
def test_a_weight_that_turns_its_term_round(head, name):
    with pytest.raises(ValueError, match=f'{name}=-0.1 is the weight.*from 0'):
        head(**LINEAR, **{name: -0.1})


def test_a_word_that_is_none_of_the_allowed():
    check_choice('order', 'after', ('after', 'before'))
    check_choice('keys', 'b', dict(b=1))
    with pytest.raises(
        ValueError, match=r"order='new' is unknown; allowed: \('after', 'before'\)$"
    ):
        check_choice('order', 'new', ('after', 'before'))


def test_settings_of_a_function_in_a_table():
    table = dict(first=lambda x, power=1: x**power)
    check_settings('fn', 'first', table, dict(power=2), given=('x',))
    with pytest.raises(ValueError, match=r"fn='first' does not take \['x'\]; allowed: \['power'\]"):
        check_settings('fn', 'first', table, dict(x=2), given=('x',))
    with pytest.raises(ValueError, match="fn='last' is unknown.*'first'"):
        check_settings('fn', 'last', table, {}, given=('x',))


def test_settings_in_a_printed_model():
    assert shown(fn='gce', q=0.5) == "fn='gce', q=0.5"
    assert repr(SampleLoss('gce', q=0.5)) == "SampleLoss(fn='gce', loss_weight=1.0, q=0.5)"
    assert '(confidence): ConfidenceRevision(\n' in repr(PartialLabelHead(3, 4))
    assert "fn='revise', order='after'" in repr(PartialLabelHead(3, 4).confidence)
