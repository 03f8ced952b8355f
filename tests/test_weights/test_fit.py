"""What is said of a checkpoint, use by use."""

import pytest

from mmfer.weights.fit import class_counts, classifier_sizes, compare, judge

OWN = {
    'backbone.conv.weight': (4, 3),
    'backbone.layer1.0.w': (4,),
    'backbone.bn.running_mean': (4,),
    'backbone.bn.num_batches_tracked': (),
    'head.fc.weight': (7, 4),
    'head.fc.bias': (7,),
    'head.memory.table': (0, 7),
}


def verdict(use, without=(), **more):
    given = {k: v for k, v in OWN.items() if k not in without}
    given |= {k.replace('__', '.'): v for k, v in more.items()}
    return judge(OWN, given, compare(OWN, given), use)


@pytest.mark.parametrize('use', ['test', 'resume', 'finetune', 'part'])
def test_what_fits(use):
    assert verdict(use) == (None, None)
    assert verdict(use, ['backbone.bn.num_batches_tracked', 'head.memory.table']) == (None, None)
    assert verdict(use, head__memory__table=(99, 7), head__queue__features=(8, 4)) == (None, None)


# the ends of what is said: an error (E), a warning (W), nothing (-)
CASES = [
    (dict(without=['head.fc.bias']), 'E E W -'),
    (dict(without=['backbone.bn.running_mean']), 'E E W -'),
    (dict(without=['backbone.conv.weight', 'backbone.layer1.0.w', 'head.fc.bias']), 'E E W -'),
    (dict(without=[k for k in OWN if k.startswith('backbone.')]), 'E E E -'),
    (dict(without=list(OWN)), 'E E E E'),
    (dict(head__fc__weight=(8, 4), head__fc__bias=(8,)), 'E E W -'),
    (dict(backbone__conv__weight=(4, 4)), 'E E E -'),
    (dict(backbone__layer1__1__w=(4,)), 'E E E -'),
    (dict(backbone__layer1__0__se=(4,)), 'E E E -'),
    (dict(backbone__norm__weight=(4,)), 'E E W -'),
    (dict(backbone__mask_token=(4,)), '- - - -'),
    (dict(backbone__layer1__0__total_ops=(1,)), '- - - -'),
    (dict(head__project__weight=(4,)), 'W E W -'),
    (dict(peer__backbone__conv__weight=(4, 3), ema__module__x=(1,)), '- E W -'),
    (dict(decoder__weight=(4,)), 'W E W -'),
]


@pytest.mark.parametrize('number', range(len(CASES)))
def test_each_use(number):
    changes, expected = CASES[number]
    for use, kind in zip(('test', 'resume', 'finetune', 'part'), expected.split()):
        error, warning = verdict(use, **changes)
        found = 'E' if error else 'W' if warning else '-'
        assert found == kind, (use, error, warning)


def test_norms_of_further_outputs_are_told():
    own = dict(OWN, **{'backbone.norm0.weight': (4,)})
    error, warning = judge(own, OWN, compare(own, OWN), 'test')
    assert error is None and warning == 'missing in it are 1: backbone.norm0.weight'


def test_a_mask_token_is_needed_where_there_is_one():
    own = dict(OWN, **{'backbone.mask_token': (1, 1, 4)})
    error, _ = judge(own, OWN, compare(own, OWN), 'test')
    assert error.startswith('missing in it are 1: backbone.mask_token.')


def test_classes():
    assert class_counts([('head.fc.weight', (7, 4), (8, 4)), ('head.fc.bias', (7,), (8,))]) == (
        7,
        8,
    )
    assert class_counts([('peer.head.fc.bias', (7,), (8,))]) == (7, 8)
    assert class_counts([('head.fc.weight', (7, 4), (8, 5))]) is None
    assert class_counts([('head.fc.weight', (7, 4), (7, 5))]) is None  # of another width
    assert class_counts([('head.scale', (), (1,))]) is None
    assert class_counts([('head.scale', (1,), ())]) is None
    assert class_counts([('head.fc.bias', (7,), (8,)), ('head.a', (5,), (4,))]) is None
    assert class_counts([('backbone.w', (7,), (8,))]) is None
    given = dict(OWN, **{'head.fc.weight': (8, 4), 'head.fc.bias': (8,)})
    memory = {'head.memory.table': (99, 8), 'peer.head.fc.bias': (9,)}
    assert classifier_sizes(OWN, {**given, **memory}) == (8, 7)
    assert classifier_sizes(OWN, OWN) is None
    assert class_counts([]) is None


def test_what_is_said_of_a_test():
    error, _ = verdict('test', head__fc__weight=(8, 4), head__fc__bias=(8,))
    assert error == (
        'its classifier has 8 classes, the model 7; 2 of 7 tensors have another shape: '
        'head.fc.weight (8, 4) for (7, 4), head.fc.bias (8,) for (7,). Take the config that it was '
        'trained by, in a test name its classes (--cfg-options checkpoint_classes=NAME,NAME,... : '
        'they are matched by name), or set model.head.num_classes=8'
    )
