"""No image that a run is validated or tested on is in its training set."""

from collections.abc import Iterator, Mapping

from mmengine.dist import broadcast_object_list, is_main_process
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ...utils.copies import BYTES, FILE, PIXELS, Copies, Copy, find_copies
from ...utils.progress import progress_bar
from .parts import Part, parts_of

REFUSED = 'refused'
# What is told of copies that are trained on.
SEEN = {
    'published': 'as their owners split the images; they are trained on, and '
    "train_dataloader.dataset.copies='drop' leaves them out",
    'training': 'of the same split and list, so that its figures are those of training',
    'folds': 'which is another part of the same split: its figures are too good by them',
    'beside': 'which is a folder of that name beside the list: right, where the list splits the '
    'images in another way',
    'host': 'so that its figures are of images that were trained on; take them out',
}


def check_held_out(runner) -> None:
    """Compare what is trained on with what is validated and tested on, and, of a list that is not
    its data set's own, with the splits that the data set holds out. The main process does.

    Told, with their number, are copies that came with a published data set, copies in other folds
    of the same split, the training split itself as validation set, images of a folder ``test`` or
    ``valid`` that the user's table divides in its own way, and training sets of the host, which
    have no ``copies``.

    Raises:
        ValueError: On any others, on every process.
    """
    outcome = [None]
    if is_main_process():
        val = runner.val_dataloader.dataset if runner.val_loop is not None else None
        settings = getattr(runner, '_test_dataloader', None)
        test = settings.get('dataset') if isinstance(settings, Mapping) else None
        test = test or getattr(settings, 'dataset', None)
        known = (runner.cfg.get('val_dataloader') or {}).get('dataset')
        if val is not None and isinstance(test, Mapping) and test == known:
            test = None  # the same
        outcome = [compare_sets(runner.logger, runner.train_dataloader.dataset, val, test)]
    broadcast_object_list(outcome)
    if outcome[0]:
        raise ValueError(outcome[0])


def compare_sets(
    logger, train: Dataset, val: Dataset | None = None, test: Dataset | Mapping | None = None
) -> str:
    """Log what is found; return why a run on these data sets is refused, or ''. ``test`` may be a
    config; where it is not there, that is logged."""
    ours = parts_of(train, 'training')
    asked = [part for part in ours if getattr(part.dataset, 'copies', '') != 'ignore']
    if len(asked) < len(ours):
        logger.warning(
            "copies='ignore': it was not looked at whether images that are validated or tested on "
            'are trained on'
        )
    tested = [] if val is None or not asked else parts_of(val, 'validation')
    if test is not None and asked:
        try:
            built = DATASETS.build(without_pipeline(test)) if isinstance(test, Mapping) else test
            tested += parts_of(built, 'test')
        except (OSError, ValueError) as error:
            logger.warning(
                'the test set cannot be read, so that it was not looked at whether its images are '
                f'trained on: {error}'
            )
    for part in asked:
        for other in (*tested, *_held_out(part, tested)):
            if refused := _compare(logger, part, other):
                return refused
    return ''


def _held_out(part: Part, tested: list[Part]) -> Iterator[Part]:
    """Splits that the data set of a list of the user's own holds out, beside those tested on."""
    if part.published or not hasattr(part.dataset, 'held_out_splits'):
        return
    known = {face for other in tested for face in other.faces}
    for one in part.dataset.held_out_splits():
        faces = [face for face in one.faces if face not in known]
        split, role = {one.name.rpartition(' ')[2]}, 'held-out' if one.stated else 'unused'
        if faces:
            yield Part(role, one.name, one.reader, ('', '', ''), split, faces, one.published)


def _compare(logger, ours: Part, theirs: Part) -> str:
    """Log what is told of two parts; return why they are refused, or ''."""
    # of two published sets, some of which are large, or of the host's: by bytes
    known = (ours.published and theirs.published) or not hasattr(ours.dataset, 'copies')
    copies = _look(ours, theirs, BYTES if known else PIXELS)
    kinds: dict[str, list[Copy]] = {}
    for copy in copies.found:
        kinds.setdefault(_judge(ours, theirs, copy.how), []).append(copy)
    if kinds.get(REFUSED) and theirs.published and ours.reader is theirs.reader:
        _split_published(ours, kinds)
    if refused := kinds.pop(REFUSED, None):
        return _refusal(ours, theirs, refused)
    for kind, those in kinds.items():
        logger.warning(
            f'{len(those)} of the {len(ours.faces)} training images ({ours.shown}) are in the '
            f'{theirs.role} set ({theirs.shown}, {len(theirs.faces)} images), {SEEN[kind]}. The '
            f'first: {_pairs(ours, theirs, those[:1])}'
        )
    if copies.unseen:
        logger.warning(
            f'of {copies.unseen} training images ({ours.shown}), too many to decode, only the '
            f'bytes were compared with the {theirs.role} set ({theirs.shown}), not the pixels'
        )
    if not copies.found:
        by = 'bytes' if known or copies.unseen else 'bytes and pixels'
        logger.info(
            f'none of the {len(ours.faces)} training images ({ours.name}) is in the {theirs.role} '
            f'set ({theirs.name}, {len(theirs.faces)} images), by {by}'
        )
    return ''


def _look(ours: Part, theirs: Part, how: str) -> Copies:
    with progress_bar('copies of tested images') as progress:
        return find_copies(ours.faces, theirs.faces, how, progress)


def _judge(ours: Part, theirs: Part, how: str) -> str:
    """``REFUSED``, or a key of ``SEEN``."""
    if not hasattr(ours.dataset, 'copies'):
        return 'host'
    if theirs.role == 'unused':
        return 'beside'
    same = ours.reader is theirs.reader and ours.source == theirs.source
    shared = ours.splits & theirs.splits
    if how == FILE:
        trained = {*getattr(theirs.reader, 'TRAIN_SPLITS', ())} - {'all'}
        meant = same and theirs.splits <= trained and not theirs.folds
        return 'training' if meant else REFUSED
    if same and shared:
        return 'folds'
    published = ours.published and theirs.published and ours.reader is theirs.reader
    return 'published' if published and not shared else REFUSED


def _split_published(ours: Part, kinds: dict[str, list[Copy]]) -> None:
    """A list of some of the published training images may have their published copies."""
    owners = ours.dataset.published_training()
    refused = kinds.pop(REFUSED)
    for copy in refused:
        theirs = copy.how != FILE and ours.faces[copy.number].path in owners
        kinds.setdefault('published' if theirs else REFUSED, []).append(copy)


def _refusal(ours: Part, theirs: Part, refused: list[Copy]) -> str:
    same = ours.reader is theirs.reader and ours.source == theirs.source
    if same and len({copy.other for copy in refused}) == len(theirs.faces):
        fix = 'give the two different splits, lists or folders'
    elif ours.dataset.copies == 'drop':
        fix = "name that data set in held_out of the training set, for copies='drop'"
    else:
        fix = (
            "take them out of the list, or set train_dataloader.dataset.copies='drop', which "
            "leaves them out ('ignore': train on them all the same)"
        )
    return (
        f'{len(refused)} of the {len(ours.faces)} training images ({ours.shown}) are in the '
        f'{theirs.role} set ({theirs.shown}): {_pairs(ours, theirs, refused[:3])}; {fix}'
    )


def _pairs(ours: Part, theirs: Part, copies: list[Copy]) -> str:
    paths = [(ours.faces[c.number].path, c.how, theirs.faces[c.other].path) for c in copies]
    return '; '.join(f'{a} is in both' if a == b else f'{a} {how} {b}' for a, how, b in paths)


def without_pipeline(settings: Mapping) -> dict:
    """A data set's config, its images not loaded, inside wrappers, too."""
    found = {k: v for k, v in settings.items() if k != 'pipeline'}
    if isinstance(found.get('dataset'), Mapping):
        found['dataset'] = without_pipeline(found['dataset'])
    if 'datasets' in found:
        found['datasets'] = [without_pipeline(one) for one in found['datasets']]
    return found


def name_held_out(cfg: Mapping) -> None:
    """Give training sets with ``copies='drop'`` the configs of what is validated and tested on, in
    place, unless they have ``held_out``; not folds, nor the training split itself."""
    tested: list[dict] = []
    for name in ('val_dataloader', 'test_dataloader'):
        dataset = (cfg.get(name) or {}).get('dataset')
        if isinstance(dataset, Mapping) and 'fold' not in dataset:
            settings = without_pipeline(dataset)
            tested += [settings] if settings not in tested else []
    todo = [(cfg.get('train_dataloader') or {}).get('dataset')]
    while todo:
        one = todo.pop()
        if not isinstance(one, Mapping):
            continue
        todo += [one.get('dataset'), *(one.get('datasets') or ())]
        unlabelled = one.get('type') == 'UnlabelledFER'
        if one.get('copies', 'drop' if unlabelled else 'raise') == 'drop':
            others = [other for other in tested if not _is_same_list(one, other)]
            if others:
                one.setdefault('held_out', others)


def _is_same_list(one: Mapping, other: Mapping) -> bool:
    keys = dict(type=None, data_root='', ann_file='', data_prefix=None, split='train')
    return all(one.get(key, default) == other.get(key, default) for key, default in keys.items())
