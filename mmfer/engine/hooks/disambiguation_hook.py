"""Whether the confidences in candidates find the clean label."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from ...functional.diagnostics import Labels, choose, measure, read_labels
from ...utils.files import write_whole
from .data_record_hook import data_sets
from .method_hook import find_memories

FILE_NAME = 'disambiguation.json'


@HOOKS.register_module()
class DisambiguationHook(Hook):
    """After each epoch, how many ambiguous images have their clean label as the likeliest
    candidate; in ``disambiguation.json`` of the work dir.

    Reads the model's table of confidences and, for diagnosis alone, the data set's ``clean_label``.
    An image is ambiguous if it has more than one candidate. The file holds for each epoch, and for
    epoch 0, the confidences that the data set gives:

    - ``share_clean``: of the ambiguous images, the share whose likeliest candidate is the clean
      label; where m are equally likely, it counts 1/m;
    - ``confidence_clean``: the mean confidence in the clean label;
    - ``share_decided``: the share with all confidence in one candidate;
    - ``by_class``: the three by clean label, None without ambiguous images;
    - ``chosen``: the confidences (K,) of each of a few chosen images.

    The three numbers are logged, and go to the trackers, by epoch, as
    ``disambiguation/share_clean`` and so on. A resumed run drops the epochs after its checkpoint.
    Where training counts iterations, the only entry after 0 is that of the end.

    Without a table (``fn=None``, or learning from the given label) nothing is revised: that is
    logged, and nothing is written.

    Args:
        images: The images to follow, by ``sample_idx`` or by name (the end of the path). None takes
            ``num_images`` of the ambiguous ones. Defaults to None.
        num_images: Their number. Defaults to 8.
        seed: Chooses them. Defaults to 0.

    Raises:
        ValueError: On fewer than 0 images, one that is not there, or a model with several tables.
    """

    def __init__(self, images: Sequence | None = None, num_images: int = 8, seed: int = 0) -> None:
        if num_images < 0:
            raise ValueError(f'num_images={num_images}; give 0 or more')
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
        labels = self._find(runner)
        if isinstance(labels, str):
            runner.logger.info(f'DisambiguationHook: {labels}; no {FILE_NAME} is written')
            if runner.iter == 0:  # one of an earlier run in this folder
                (Path(runner.work_dir) / FILE_NAME).unlink(missing_ok=True)
            return
        self.labels = labels
        self.places = choose(labels, self.images, self.num_images, self.seed)
        self.content = dict(self._head(), by_epoch={})
        if runner.iter:
            self._take_up(runner)
        if '0' not in self.content['by_epoch']:
            self._add(runner, 0, labels.first)
        self._write(runner)

    def after_train_epoch(self, runner) -> None:
        """Add the epoch, log it, write the file."""
        if self.memory is None:
            return
        rows = self.memory.table.detach().cpu().numpy()[self.labels.rows]
        written = self.memory.written.cpu().numpy()[self.labels.rows]
        by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
        self._add(
            runner,
            runner.iter if by_iter else runner.epoch + 1,
            np.where(written[:, None], rows, self.labels.first),
        )
        self._write(runner)

    def _find(self, runner) -> Labels | str:
        """The labels, and ``self.memory``; or why there is nothing to do."""
        memories = find_memories(runner.model)
        if not memories:
            return (
                'the model keeps no table of confidences (it learns from the given label, or has '
                'fn=None), so nothing is revised'
            )
        if len(memories) > 1:
            raise ValueError(
                f'the model has {len(memories)} tables ({", ".join(memories)}); DisambiguationHook '
                'follows one'
            )
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

    def _take_up(self, runner) -> None:
        """The file's epochs up to the checkpoint, if it is of this data."""
        done = runner.iter if isinstance(runner.train_loop, IterBasedTrainLoop) else runner.epoch
        path = Path(runner.work_dir) / FILE_NAME
        if not path.exists():
            runner.logger.warning(
                f'{path} is missing: it will lack the epochs up to {done}. Resume in the old work '
                'dir to keep them.'
            )
            return
        saved = json.loads(path.read_text())
        by_epoch = saved.pop('by_epoch')
        if saved != {k: v for k, v in self.content.items() if k != 'by_epoch'}:
            runner.logger.warning(
                f'{path} is of other images, candidates or chosen images: its epochs are dropped'
            )
            return
        self.content['by_epoch'] = {
            epoch: entry for epoch, entry in by_epoch.items() if int(epoch) <= done
        }

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
        runner.visualizer.add_scalars(
            {f'disambiguation/{name}': value for name, value in numbers.items()}, step=epoch
        )

    def _write(self, runner) -> None:
        """Replace the file in one step: a killed run leaves the old one."""
        write_whole(
            Path(runner.work_dir) / FILE_NAME, (json.dumps(self.content, indent=1) + '\n').encode()
        )
