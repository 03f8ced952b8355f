"""Pictures of a report."""

import cv2
import numpy as np

from mmfer.data_report import build_report, draw_pictures, inspect_images, read_split
from mmfer.synthetic import write_ferplus


def test_what_is_drawn(tmp_path):
    write_ferplus(tmp_path / 'faces', train=24, valid=8, test=8, size=48)
    root, options = str(tmp_path / 'faces'), dict(vote_file='label.csv')
    splits = [read_split('FERPlus', root, split, **options) for split in ('train', 'valid')]
    images = inspect_images([path for split in splits for path in split.paths])
    report = build_report('FERPlus', root, options, splits, images)
    given = (tmp_path, 'FERPlus', splits, images, report.numbers)
    pictures = draw_pictures(*given, seed=0)
    assert {path.name for path in tmp_path.glob('*.png')} == {*pictures}
    assert {'classes.png', 'ambiguity.png', 'faces_happiness.png'} < {*pictures}
    shown = splits[0]
    happy = int((shown.labels == shown.classes.index('happiness')).sum())
    title = f'FERPlus, train: happiness, {happy} of {happy} images'
    assert pictures['faces_happiness.png'] == title
    sheet = cv2.imread(str(tmp_path / 'faces_happiness.png'))
    draw_pictures(*given, seed=0)
    assert np.array_equal(sheet, cv2.imread(str(tmp_path / 'faces_happiness.png')))
