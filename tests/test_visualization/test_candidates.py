"""Candidate sets as a picture."""

import numpy as np
import pytest

from mmfer.visualization import candidate_panels

CLASSES = ('surprise', 'fear', 'neutral')
# two of surprise, two of fear; none of neutral
SETS = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]])
CLEAN = np.array([0, 0, 1, 1])


def test_panels_say_what_they_show(words, pixels):
    figure = candidate_panels(SETS, CLEAN, CLASSES, 'sets.txt')
    text = words(figure)
    assert (
        'sets.txt\n4 images, the clean label is in 75.00 % of the sets, which have 1.75 members on '
        'average'
    ) in text
    assert 'surprise (2)' in text and 'neutral (0)' in text
    sizes, members = figure.axes
    assert [t.get_text() for t in sizes.get_legend().get_texts()] == ['1', '2']
    # sizes: half and half, then 100 % of two members
    assert sorted(t.get_text() for t in sizes.texts) == ['100', '50', '50']
    shares = np.asarray(members.images[0].get_array())
    assert shares.tolist() == [[100, 50, 0], [50, 50, 100], [0, 0, 0]]
    bold = [t.get_text() for t in members.texts if t.get_fontweight() == 'bold']
    assert bold == ['100', '50']  # the coverage
    assert pixels(figure).std() > 10


def test_what_does_not_fit_is_refused():
    for sets, clean in ((SETS[:, :2], CLEAN), (SETS[:3], CLEAN), (SETS[:0], CLEAN[:0])):
        with pytest.raises(ValueError, match='sets of shape'):
            candidate_panels(sets, clean, CLASSES, '')
