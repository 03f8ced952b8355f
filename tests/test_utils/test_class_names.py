import pytest

from mmfer.utils.class_names import SYNONYMS, canonical, find_class, match

RAFDB = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
AFFECTNET = ('neutral', 'happiness', 'sadness', 'surprise', 'fear', 'disgust', 'anger')
FER2013 = ('Angry', 'Disgust', 'Fear', 'Happy', 'Sad', 'Surprise', 'Neutral')


def test_no_name_stands_for_two_classes():
    names = [name for row in SYNONYMS for name in row]
    assert len(names) == len(set(names))
    assert all(canonical(name) == row[0] for row in SYNONYMS for name in row)


def test_published_sets_by_name():
    found = match(AFFECTNET, RAFDB)
    assert found.places == [6, 3, 4, 0, 1, 2, 5]
    assert (found.lost, found.left, found.renamed, found.same) == ([], [], [], False)


def test_fer2013s_names():
    found = match(RAFDB, FER2013)
    assert [FER2013[i] for i in found.places] == [
        'Surprise', 'Fear', 'Disgust', 'Happy', 'Sad', 'Angry', 'Neutral'
    ]  # fmt: skip
    assert len(found.renamed) == 7


def test_what_one_side_lacks():
    found = match(AFFECTNET, (*RAFDB, 'contempt'))
    assert (found.lost, found.left) == ([], ['contempt'])
    found = match((*RAFDB, 'contempt'), RAFDB)
    assert (found.lost, found.left, found.places[-1]) == (['contempt'], [], -1)


def test_the_same_set_is_the_same():
    assert match(RAFDB, RAFDB).same
    # names of one's own are compared as they are, also where they are synonyms
    assert match(('happy', 'happiness'), ('happiness', 'happy')).places == [1, 0]


def test_two_names_for_one_class_are_refused():
    with pytest.raises(ValueError, match="'happy' and 'joy' .* mean the same"):
        match(('happy', 'joy', 'sad'), ('happiness', 'sadness'))


def test_one_class_by_its_name():
    """As it is comes before other capitals, and those before synonyms; several are none."""
    classes = ('joy', 'happy', 'Sad', 'sad', 'Boredom')
    words = ('happy', 'JOY', 'Sad', 'sad', 'SAD', 'sadness', 'happiness', ' boredom ', 'bored', '')
    assert [find_class(word, classes) for word in words] == [1, 0, 2, 3, *[None] * 3, 4, None, None]
    assert find_class('Ang', ('fear', 'angry')) == 1
