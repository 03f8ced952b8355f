"""Sampled faces: reproducible, and as ambiguous as they are asked to be."""

import numpy as np
import pytest

from mmfer.synthetic import CLASSES_8, draw_face, sample_face


def test_a_face_depends_on_seed_and_index_only():
    first = draw_face(sample_face(3, 17), 48)
    draw_face(sample_face(3, 18), 48)
    assert np.array_equal(first, draw_face(sample_face(3, 17), 48))
    assert not np.array_equal(first, draw_face(sample_face(3, 18), 48))
    assert not np.array_equal(first, draw_face(sample_face(4, 17), 48))


def test_the_expression_changes_the_face_and_not_the_person():
    faces = {
        name: sample_face(
            1, 40, name, classes=CLASSES_8, blend_share=0, occlusion_share=0, intensity=(1, 1)
        )
        for name in CLASSES_8
    }
    images = {name: draw_face(face, 96).astype(float) for name, face in faces.items()}
    assert len({(face.identity, face.pose, face.light) for face in faces.values()}) == 1
    for i, one in enumerate(CLASSES_8):
        for other in CLASSES_8[i + 1 :]:
            change = np.abs(images[one] - images[other]).mean(2)
            inner = max(change[22:50, 15:81].mean(), change[60:90, 22:74].mean())
            assert inner > 2.5, (one, other)  # the brows and eyes, or the mouth
            assert change[:8].mean() < 0.5 * inner  # the hair and the background


def test_an_unknown_expression_names_the_allowed_ones():
    with pytest.raises(ValueError, match="'joy'; allowed: neutral, happiness"):
        sample_face(0, 0, 'joy')
    with pytest.raises(ValueError, match="'joy'"):
        sample_face(0, 0, classes=('joy', 'fear'))


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match='blend_share is a fraction of the faces, 0..1, not 20'):
        sample_face(0, 0, blend_share=20)


def test_blend_and_occlusion_shares():
    faces = [sample_face(0, i, blend_share=0.3, occlusion_share=0.2) for i in range(600)]
    blended = [face for face in faces if face.second]
    assert 0.22 < len(blended) / 600 < 0.38  # 4 sigma
    assert 0.135 < np.mean([face.occlusion.kind != 'none' for face in faces]) < 0.265
    assert all(0.3 <= face.weight < 0.5 for face in blended)
    assert all(face.weight == 0 for face in faces if not face.second)
    assert 'contempt' not in {face.second for face in faces}  # it is not among the 7 classes
