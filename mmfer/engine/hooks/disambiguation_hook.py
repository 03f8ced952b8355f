"""Whether the confidences in candidates find the clean label."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS
from torch.utils.data import Dataset

from ...functional.arguments import check_number
from ...functional.diagnostics import measure
from ...utils.files import write_json
from .accuracy_summary_hook import epochs_done, read_earlier
from .method_hook import find_memories
from .parts import data_sets

FILE_NAME = 'disambiguation.json'


class Labels(NamedTuple):
    """What a data set says of N images."""

    first: np.ndarray  # (N, K), the confidences that it gives
    clean: np.ndarray  # (N,) class ids, as is `given`
    given: np.ndarray
    rows: np.ndarray  # (N,) sample_idx
    names: tuple[str, ...]  # of the files
    classes: tuple[str, ...]

    @property
    def ambiguous(self) -> np.ndarray:
        """(N,) bool: more than one candidate."""
        return (self.first > 0).sum(axis=1) > 1


def read_labels(dataset: Dataset, indices: Sequence[int] | None = None) -> Labels | str:
    """The labels of a data set, or of its samples ``indices``; or in words why there are none."""
    rows = np.arange(len(dataset)) if indices is None else np.unique(indices)
    found = []
    for row in rows:
        info = dataset.get_data_info(int(row))
        missing = [key for key in ('gt_score', 'clean_label') if info.get(key) is None]
        if missing:
            return f'{type(dataset).__name__} does not tell {" and ".join(missing)} of its images'
        found.append([info[k] for k in ('gt_score', 'clean_label', 'gt_label', 'img_path')])
    first, clean, given, names = zip(*found)
    classes = tuple(dataset.metainfo['classes'])
    first = np.array(first, np.float32)
    return Labels(first, np.array(clean), np.array(given), rows, names, classes)


def choose(labels: Labels, images: Sequence | None, number: int, seed: int) -> np.ndarray:
    """Places, among the N, of the images that are followed one by one: by ``sample_idx`` or name
    (the end of the path); where ``images`` is None, a number of the ambiguous ones by chance.

    Raises:
        ValueError: On an image that is not there, or a name that several have.
    """
    if images is None:
        # 2: not the stream that drew the candidates by the same seed
        order = np.random.default_rng([seed, 2]).permutation(np.flatnonzero(labels.ambiguous))
        return np.sort(order[:number])
    places = []
    for image in images:
        found = np.flatnonzero(
            [name == image or name.endswith(f'/{image}') for name in labels.names]
            if isinstance(image, str)
            else labels.rows == image
        )
        if len(found) != 1:
            raise ValueError(
                f'images of DisambiguationHook: {image!r} names {len(found)} of the '
                f'{len(labels.rows)} training images; name one by its sample_idx or the end of its '
                f'path, as in {labels.names[0]!r}'
            )
        places += found.tolist()
    return np.array(places, dtype=int)


@HOOKS.register_module()
class DisambiguationHook(Hook):
    """After each epoch, how many ambiguous images have their clean label as the likeliest
    candidate; in ``disambiguation.json`` of the work dir.

    Reads the model's table of confidences and, for diagnosis alone, the data set's ``clean_label``.
    An image is ambiguous if it has more than one candidate. The file holds for each epoch, and for
    epoch 0, the confidences that the data set gives, what
    :func:`mmfer.functional.diagnostics.measure` tells of the ambiguous images, and under ``chosen``
    the confidences (K,) of each of a few images.

    The three numbers are logged, and go to the trackers, by epoch, as
    ``disambiguation/share_clean`` and so on. A resumed run drops the epochs after its checkpoint.
    Where training counts iterations, the only entry after 0 is that of the end.

    Without a table (``fn=None``, or learning from the given label) nothing is revised: that is
    logged, and nothing is written.

    Args:
        images: The images to follow, by ``sample_idx`` or by name (the end of the path). None takes
            ``num_images`` of the ambiguous ones, which ``seed`` chooses.

    Raises:
        TypeError: ``images`` is one string.
        ValueError: On fewer than 0 images, one that is not there, or a model with several tables.
    """

    def __init__(self, images: Sequence | None = None, num_images: int = 8, seed: int = 0) -> None:
        num_images = check_number('num_images', num_images, least=0, whole=True)
        seed = check_number('seed', seed, least=0, whole=True)
        if isinstance(images, str):
            raise TypeError(
                f'images is the string {images!r}, but it has to be a list: images=[{images!r}]'
            )
        self.images, self.num_images, self.seed = images, num_images, seed
        self.memory = None

    def before_train(self, runner) -> None:
        """Read the labels; take up the epochs of a resumed run."""
        self.memory = None
        if not is_main_process():
            return  # the table is the same everywhere
        self.path = Path(runner.work_dir) / FILE_NAME
        labels = self._find(runner)
        if isinstance(labels, str):
            runner.logger.info(f'DisambiguationHook: {labels}; no {FILE_NAME} is written')
            if runner.iter == 0:  # one of an earlier run in this folder
                self.path.unlink(missing_ok=True)
            return
        self.labels = labels
        self.places = choose(labels, self.images, self.num_images, self.seed)
        head = self._head()
        self.content = dict(head, by_epoch=self._take_up(runner, head) if runner.iter else {})
        if '0' not in self.content['by_epoch']:
            self._add(runner, 0, labels.first)
        write_json(self.path, self.content)

    def after_train_epoch(self, runner) -> None:
        """Add the epoch, log it, write the file."""
        if self.memory is None:
            return
        rows = self.memory.table.detach().cpu().numpy()[self.labels.rows]
        written = self.memory.written.cpu().numpy()[self.labels.rows]
        now = np.where(written[:, None], rows, self.labels.first)
        by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
        self._add(runner, runner.iter if by_iter else runner.epoch + 1, now)
        write_json(self.path, self.content)

    def _find(self, runner) -> Labels | str:
        """The labels, and ``self.memory``; or why there is nothing to do."""
        memories = find_memories(runner.model)
        if not memories:
            why = '(it learns from the given label, or has fn=None), so nothing is revised'
            return f'the model keeps no table of confidences {why}'
        if len(memories) > 1:
            tables = f'{len(memories)} tables ({", ".join(memories)})'
            raise ValueError(f'the model has {tables}; DisambiguationHook follows one')
        # MethodHook has refused several data sets in one
        labels = read_labels(*data_sets(runner.train_dataloader.dataset)[0])
        if isinstance(labels, Labels):
            if not labels.ambiguous.any():
                return 'no training image has more than one candidate'
            (self.memory,) = memories.values()
        return labels

    def _head(self) -> dict:
        """What does not change while training."""
        labels, many = self.labels, self.labels.ambiguous
        count = np.bincount(labels.clean[many], minlength=len(labels.classes))
        covered = labels.first[np.arange(len(many)), labels.clean] > 0
        return dict(
            classes=list(labels.classes),
            images=len(many),
            ambiguous=int(many.sum()),
            ambiguous_by_class=count.tolist(),
            covered=int(covered[many].sum()),  # the clean label is a candidate
            chosen=[
                dict(
                    sample_idx=int(labels.rows[i]),
                    name=Path(labels.names[i]).name,
                    given=int(labels.given[i]),
                    clean=int(labels.clean[i]),
                    candidates=np.flatnonzero(labels.first[i]).tolist(),
                )
                for i in self.places
            ],
        )

    def _take_up(self, runner, head: dict) -> dict:
        """The file's epochs up to the checkpoint, if it is of this data."""
        done = epochs_done(runner)
        lost = f'it will lack the epochs up to {done}. Resume in the old work dir to keep them.'
        saved = read_earlier(self.path, runner, lost, _check_epochs)
        if saved is None:
            return {}
        by_epoch = saved.pop('by_epoch')
        if saved != head:
            other = 'is of other images, candidates or chosen images: its epochs are dropped'
            runner.logger.warning(f'{self.path} {other}')
            return {}
        return {epoch: entry for epoch, entry in by_epoch.items() if int(epoch) <= done}

    def _add(self, runner, epoch: int, confidence: np.ndarray) -> None:
        labels, many = self.labels, self.labels.ambiguous
        entry = measure(confidence[many], labels.clean[many], len(labels.classes))
        numbers = {k: v for k, v in entry.items() if k != 'by_class'}
        entry['chosen'] = confidence[self.places].astype(float).round(6).tolist()
        self.content['by_epoch'][str(epoch)] = entry
        runner.logger.info(
            f'disambiguation, epoch {epoch}: of {many.sum()} ambiguous images, '
            f'{entry["share_clean"]:.1%} have the clean label as the likeliest candidate (mean '
            f'confidence {entry["confidence_clean"]:.3f}), {entry["share_decided"]:.1%} are decided'
        )
        named = {f'disambiguation/{name}': value for name, value in numbers.items()}
        runner.visualizer.add_scalars(named, step=epoch)


def _check_epochs(content: dict) -> None:
    for epoch, entry in content['by_epoch'].items():
        if int(epoch) < 0 or not isinstance(entry, dict):
            raise ValueError(f'epoch {epoch!r} has {entry!r}')
