"""Which output is which class, by name; what nobody can tell is refused."""

import pytest

from mmfer.weights.classes import cross, rule, table, told_classes

RAFDB = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
AFFECTNET = ('neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'anger', 'contempt')


@pytest.mark.parametrize(
    'meta',
    [
        dict(dataset_meta=dict(classes=['a', 'b'])),
        dict(dataset_meta=dict(CLASSES=('a', 'b'))),
        dict(CLASSES=('a', 'b')),
    ],
)
def test_checkpoints_that_tell(meta):
    assert told_classes(dict(meta=meta)) == ('a', 'b')


@pytest.mark.parametrize(
    'meta', [None, 3, {}, dict(dataset_meta=None), dict(CLASSES='ab'), dict(CLASSES=[])]
)
def test_checkpoints_that_do_not(meta):
    assert told_classes([1]) is None
    assert told_classes({} if meta is None else dict(meta=meta)) is None


def test_both_ways():
    found = cross(AFFECTNET, RAFDB)
    assert found.places == [6, 3, 4, 0, 1, 2, 5, -1]
    assert found.lost == ['contempt'] and found.left == []
    back = cross(RAFDB, AFFECTNET)
    assert back.places == [3, 4, 5, 1, 2, 6, 0] and back.left == ['contempt']
    assert not back.lost and not back.same
    assert cross(AFFECTNET[:7], ('neutral', 'Happiness', *AFFECTNET[2:7])).same


def test_names_that_are_known_may_be_over_on_both_sides():
    found = cross(('happy', 'sad', 'fear'), ('sad', 'happy', 'contempt'))
    assert found.lost == ['fear'] and found.left == ['contempt']


@pytest.mark.parametrize(
    'own, other, told',
    [
        (RAFDB, tuple('1234567'), 'none of the names are the same'),
        (RAFDB, ('fear', 'b', 'c'), '1 of the names are the same'),
        (('joy', 'happy', 'sad'), RAFDB, "'joy' and 'happy' .* mean the same"),
        (RAFDB, ('joyful', *RAFDB[:3], *RAFDB[4:]), r"\['happiness'\] .*\['joyful'\] .* partner"),
        (AFFECTNET, (*RAFDB, 'disdain'), r"\['disdain'\] may be the same as one of the others"),
    ],
)
def test_what_nobody_can_tell_is_refused(own, other, told):
    with pytest.raises(ValueError, match=f'{told}.*checkpoint_classes=NAME') as error:
        cross(own, other)
    assert '\n' not in str(error.value) and str(tuple(other)) in str(error.value)


def test_names_by_hand_insist():
    found = cross(AFFECTNET, (*RAFDB, 'disdain'), named=True)
    assert found.lost == ['contempt'] and found.left == ['disdain']


def test_what_is_shown():
    found = cross(('sad', 'happy', 'contempt'), ('joy', 'bored', 'sad'), named=True)
    lines = table(('sad', 'happy', 'contempt'), ('joy', 'bored', 'sad'), found).splitlines()
    assert [line.split() for line in lines] == [
        ['data', 'set', 'network'],
        ['0', 'sad', '2', 'sad'],
        ['1', 'happy', '0', 'joy'],
        ['2', 'contempt', '-'],
        ['-', '1', 'bored'],
    ]
    said = rule(found, 3, 10)
    assert "'contempt' (3 of 10 images left out)" in said and said.endswith("do not count: 'bored'")
    assert rule(cross(('a', 'b'), ('b', 'a'))) == ''
