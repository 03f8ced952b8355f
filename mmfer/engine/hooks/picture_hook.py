"""Tested pictures with what was predicted of them."""

import os

from mmengine.dist import get_dist_info
from mmengine.fileio import join_path
from mmengine.hooks import Hook
from mmengine.visualization import Visualizer
from mmpretrain.registry import HOOKS
from torch import Tensor

from ...functional.arguments import check_number


@HOOKS.register_module()
class PictureHook(Hook):
    """Draws pictures of a test with label, prediction and score; of test-time augmentation the
    first version.

    Differs from MMPretrain's ``VisualizationHook``, which draws red as blue, fails on test-time
    augmentation, and writes pictures of one name in several folders over each other: here the
    folders are kept.

    Args:
        out_dir: folder for the pictures, ``NAME_0.png``; None leaves them to the visualizer.
        show: open a window.
        interval: every how many-th picture, over all processes.
        wait_time: seconds of a window.
    """

    def __init__(
        self,
        out_dir: str | None = None,
        show: bool = False,
        interval: int = 1,
        wait_time: float = 2.0,
    ):
        self.interval = check_number('interval', interval, least=1, whole=True)
        wait_time = check_number('wait_time', wait_time, least=0)
        self.out_dir, self.window = out_dir, dict(show=show, wait_time=wait_time)
        self.below = ''

    def before_test_epoch(self, runner) -> None:
        """Find the folder that all pictures are in."""
        dataset = runner.test_dataloader.dataset
        if hasattr(dataset, 'get_data_info'):
            infos = map(dataset.get_data_info, range(len(dataset)))
            folders = {os.path.dirname(info.get('img_path', '')) for info in infos}
            self.below = os.path.commonpath(folders) if all(folders) else ''

    def after_test_iter(self, runner, batch_idx: int, data_batch: dict, outputs: list) -> None:
        """Draw those of the batch whose turn it is."""
        visualizer = Visualizer.get_current_instance()
        rank, world_size = get_dist_info()
        pictures = first_version(data_batch['inputs'])
        model = getattr(runner.model, 'module', runner.model)
        model = getattr(model, 'module', model)  # of test-time augmentation, of a process
        first = batch_idx * runner.test_dataloader.batch_size
        for i, (picture, sample) in enumerate(zip(pictures, outputs)):
            place = (first + i) * world_size + rank
            if place % self.interval:
                continue
            image = picture.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy().astype('uint8')
            if getattr(model.data_preprocessor, 'to_rgb', False):
                image = image[..., ::-1].copy()  # from BGR
            path = sample.get('img_path')
            name = os.path.relpath(path, self.below) if path and self.below else str(place)
            draw = dict(self.window)
            if self.out_dir is not None:
                draw['out_file'] = join_path(self.out_dir, f'{name}_0.png')
            visualizer.visualize_cls(image=image, data_sample=sample, name=name, **draw)


def first_version(inputs: Tensor | list) -> Tensor | list:
    """N pictures (C, H, W) of a batch, with test-time augmentation (a list of versions, each of N
    pictures) the first of each."""
    whole = isinstance(inputs, Tensor) or (isinstance(inputs[0], Tensor) and inputs[0].dim() == 3)
    return inputs if whole else inputs[0]
