"""Looking at figures: the words on them, the pixels they become."""

import cv2
import matplotlib.text
import pytest

from mmfer.visualization import save_figure


@pytest.fixture
def words():
    """Returns a function: figure -> all of its words, a line each text."""

    def read(figure) -> str:
        return '\n'.join(t.get_text() for t in figure.findobj(matplotlib.text.Text))

    return read


@pytest.fixture
def pixels(tmp_path):
    """Returns a function: figure -> the written picture, read back (H, W, 3)."""

    def draw(figure):
        path = save_figure(figure, tmp_path / 'new' / 'picture.png')
        image = cv2.imread(str(path))
        assert image is not None, f'{path} is no picture'
        return image

    return draw
