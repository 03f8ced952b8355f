"""How candidates were told apart, as pictures."""

import json

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmfer.visualization import (
    Disambiguation,
    Followed,
    candidate_courses,
    disambiguation_curves,
    read_disambiguation,
)


def content(**changes):
    """Ten ambiguous images of 40, nine of them covered."""

    def entry(value):
        shares = dict(share_clean=value, confidence_clean=value - 0.1, share_decided=value / 2)
        by_class = {name: [share, None] for name, share in shares.items()}
        return dict(shares, by_class=by_class, chosen=[[value, 1 - value]])

    return {
        **dict(
            classes=['fear', 'joy'],
            images=40,
            ambiguous=10,
            ambiguous_by_class=[10, 0],
            covered=9,
            chosen=[dict(sample_idx=3, name='a.png', given=0, clean=0, candidates=[0, 1])],
            by_epoch={'10': entry(0.8), '2': entry(0.6), '0': entry(0.5)},
        ),
        **changes,
    }


@pytest.fixture
def read(tmp_path):
    """Returns a function: content of the file -> what is read."""

    def go(**changes) -> Disambiguation:
        (tmp_path / 'disambiguation.json').write_text(json.dumps(content(**changes)))
        return read_disambiguation(tmp_path)

    return go


def followed(**changes):
    return Followed(
        **{
            **dict(
                image=np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8),
                epochs=[0, 1, 2],
                confidences=np.array([[0.5, 0.5], [0.7, 0.3], [1, 0]]),
                candidates=['fear', 'joy'],
                given='joy',
                clean='fear',
                name='train_7.jpg',
            ),
            **changes,
        }
    )


def test_curves(read, words, pixels):
    runs = {'k2': read(), 'k3': read(by_epoch=dict(list(content()['by_epoch'].items())[1:]))}
    figure = disambiguation_curves(runs)
    text = words(figure)
    for part in (
        'clean label is the likeliest',
        'decided: all in one candidate',
        'k2 (10 of 40 images ambiguous)',
        '%, of the ambiguous images',
    ):
        assert part in text
    right, confident, decided = figure.axes
    first, second, bound = right.lines
    assert first.get_xydata().tolist() == [[0, 50], [2, 60], [10, 80]]
    assert second.get_xydata().tolist() == [[0, 50], [2, 60]]
    assert bound.get_ydata()[0] == 90 and len(decided.lines) == 2  # one for both runs
    assert decided.lines[0].get_ydata().tolist() == [25, 30, 40]
    assert confident.lines[0].get_ydata() == pytest.approx([40, 50, 70])
    assert first.get_color() != second.get_color()
    assert [t.get_text() for t in right.texts] == ['80', '60']
    assert pixels(figure).std() > 10
    with pytest.raises(ValueError, match='no runs'):
        disambiguation_curves({})


def test_courses(words, pixels):
    wrong = followed(confidences=np.array([[0.5, 0.5], [0.4, 0.6], [0.1, 0.9]]), name='other.jpg')
    absent = followed(clean='anger', given='fear', image=np.full((9, 9), 7, np.uint8))
    figure = candidate_courses([followed(), wrong, absent], title='run, k = 2')
    text = words(figure)
    for part in (
        'run, k = 2',
        'train_7.jpg',
        'other.jpg',
        'clean: fear\ngiven: joy',
        'clean: anger\n(no candidate)\ngiven: fear',
        'fear (clean)',
        'joy (given)',
    ):
        assert part in text
    face, lines = figure.axes[:2]
    assert lines.lines[0].get_ydata().tolist() == [0.5, 0.7, 1]
    assert lines.lines[0].get_linewidth() > lines.lines[1].get_linewidth()
    # green where the clean label is the likeliest at the end, red where not
    colours = [to_hex(axes.xaxis.label.get_color()) for axes in figure.axes[::2]]
    assert colours[0] != colours[1] == colours[2]
    assert len(figure.axes) == 6  # nothing in the empty fourth cell
    assert pixels(figure).std() > 10
    with pytest.raises(ValueError, match='no images'):
        candidate_courses([])


def test_given_and_clean_are_one():
    figure = candidate_courses([followed(given='fear')])
    face, lines = figure.axes
    assert face.get_xlabel() == 'clean: fear'
    assert [t.get_text() for t in lines.get_legend().get_texts()] == ['fear (clean, given)', 'joy']
