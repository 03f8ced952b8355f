"""Simulated annotators: they agree where a face is clear."""

import numpy as np
import pytest

from mmfer.synthetic import CLASSES_7, CLASSES_8, sample_face, simulate_votes, vote_distribution
from mmfer.synthetic.annotators import confusion_matrix, valence_arousal


def test_votes_sum_to_the_number_of_annotators():
    for index in range(20):
        face = sample_face(0, index, classes=CLASSES_8)
        assert vote_distribution(face, CLASSES_8).sum() == pytest.approx(1)
        votes = simulate_votes(face, 10, CLASSES_8)
        assert votes.shape == (10,) and votes.sum() == 10
        assert np.array_equal(votes, simulate_votes(face, 10, CLASSES_8))
        assert simulate_votes(face, 40, CLASSES_8, other=False).shape == (8,)


def test_annotators_agree_less_on_blends_weak_and_hidden_faces():
    def agreement(faces):
        return np.mean([simulate_votes(face, 40, CLASSES_7).max() / 40 for face in faces])

    def draw(**options):
        return [
            sample_face(
                0, i, **{**dict(blend_share=0, occlusion_share=0, intensity=(1, 1)), **options}
            )
            for i in range(200)
        ]

    clear = agreement(draw())
    assert clear > 0.88
    assert agreement(draw(blend_share=1)) < clear - 0.25
    assert agreement(draw(intensity=(0.45, 0.5))) < clear - 0.1
    assert agreement(draw(occlusion_share=1)) < clear - 0.08


def test_fear_is_mistaken_for_surprise():
    table = confusion_matrix(CLASSES_8)
    assert CLASSES_8[table[CLASSES_8.index('fear')].argmax()] == 'surprise'
    assert np.allclose(table.sum(1), 1) and not table.diagonal().any()
    assert np.allclose(confusion_matrix(('fear', 'happiness')), [[0, 1], [1, 0]])


def test_annotators_must_know_the_expression():
    face = sample_face(0, 0, 'contempt', classes=CLASSES_8)
    with pytest.raises(ValueError, match="a face shows 'contempt'"):
        vote_distribution(face, CLASSES_7)


def test_valence_and_arousal_follow_the_expression():
    def mean(name, strength):
        faces = [
            sample_face(
                0, i, name, classes=CLASSES_8, blend_share=0, intensity=(strength, strength)
            )
            for i in range(60)
        ]
        return np.mean([valence_arousal(face) for face in faces], axis=0)

    assert mean('happiness', 1)[0] > 0.6 and mean('sadness', 1)[0] < -0.5
    assert mean('fear', 1)[1] > 0.6 > 0 > mean('sadness', 1)[1]
    assert np.allclose(mean('happiness', 0.5), mean('happiness', 1) / 2, atol=0.05)
    assert np.abs(mean('neutral', 1)).max() < 0.05
