"""Which pictures a test draws; tests/test_engine/test_testing.py draws them."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.visualization import Visualizer
from mmpretrain.structures import DataSample

from mmfer.engine import PictureHook
from mmfer.engine.hooks import picture_hook
from mmfer.engine.hooks.picture_hook import first_version


@pytest.fixture
def drawn(monkeypatch):
    """Returns a function: paths of a test set -> names and pictures that are drawn, in batches of
    two."""
    found = []

    class Drawer:
        def visualize_cls(self, image, data_sample, name, **settings):
            found.append((name, image, settings))

    monkeypatch.setattr(Visualizer, 'get_current_instance', classmethod(lambda cls: Drawer()))

    def draw(paths, rank=0, world=1, channels=3, rgb=True, listed=True, **settings):
        found.clear()
        monkeypatch.setattr(picture_hook, 'get_dist_info', lambda: (rank, world))
        dataset = [dict(img_path=path) for path in paths]
        if listed:
            own = SimpleNamespace(get_data_info=dataset.__getitem__)
            dataset = type('Faces', (), dict(__len__=lambda self: len(paths), **vars(own)))()
        preprocessor = SimpleNamespace(to_rgb=rgb)
        runner = SimpleNamespace(
            test_dataloader=SimpleNamespace(dataset=dataset, batch_size=2),
            model=SimpleNamespace(data_preprocessor=preprocessor),
        )
        hook = PictureHook(**settings)
        hook.before_test_epoch(runner)
        own = list(range(len(paths)))[rank::world]
        for number, batch in enumerate(own[i : i + 2] for i in range(0, len(own), 2)):
            samples = [DataSample(metainfo=dict(img_path=paths[i])) for i in batch]
            inputs = torch.stack([torch.full((channels, 2, 2), i) for i in batch])
            inputs += torch.arange(channels)[:, None, None]
            hook.after_test_iter(runner, number, dict(inputs=inputs), samples)
        return list(found)

    return draw


def names(found):
    return [name for name, *_ in found]


def test_folders_are_kept_where_there_are_several(drawn):
    assert names(drawn(['/d/a/1.jpg', '/d/b/1.jpg'])) == ['a/1.jpg', 'b/1.jpg']
    assert names(drawn(['/d/a/1.jpg', '/d/a/2.jpg'])) == ['1.jpg', '2.jpg']
    found = drawn(['/d/a/1.jpg', '/d/b/c/1.jpg'], out_dir='out')
    assert [one['out_file'] for *_, one in found] == ['out/a/1.jpg_0.png', 'out/b/c/1.jpg_0.png']
    # a data set that does not tell its files
    assert names(drawn(['/d/a/1.jpg', '/d/b/1.jpg'], listed=False)) == ['0', '1']


@pytest.mark.parametrize('interval', [1, 2, 3])
def test_two_processes_draw_those_of_one(drawn, interval):
    paths = [f'/d/{i}.jpg' for i in range(7)]
    whole = drawn(paths, interval=interval)
    assert names(whole) == [f'{i}.jpg' for i in range(0, 7, interval)]
    parts = [drawn(paths, rank, 2, interval=interval) for rank in range(2)]
    assert sorted(names(parts[0]) + names(parts[1])) == names(whole)


def test_colours(drawn):
    """The visualizer takes red first."""
    for settings, pixel in (
        (dict(), [2, 1, 0]),
        (dict(rgb=False), [0, 1, 2]),
        (dict(channels=1), [0, 0, 0]),
    ):
        ((_, image, _),) = drawn(['/d/1.jpg'], **settings)
        assert image.shape == (2, 2, 3) and image[0, 0].tolist() == pixel


def test_first_version():
    batch = torch.rand(2, 3, 4, 4)
    assert first_version(batch) is batch
    listed = list(batch)
    assert first_version(listed) is listed
    assert torch.equal(first_version([batch, batch.flip(-1)]), batch)
    assert first_version([listed, listed[::-1]]) is listed
