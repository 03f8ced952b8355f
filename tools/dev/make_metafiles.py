"""Write model-index.yml and the metafile.yml of each method from the configs.

::

    python tools/dev/make_metafiles.py           # after configs were added or changed
    python tools/dev/make_metafiles.py --check   # say what is out of date; exit code 1
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from rich.progress import track

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.engine.config import input_shape

ROOT = Path(__file__).parents[2]
HEADER = '# Written by tools/dev/make_metafiles.py; run it again instead of editing.\n'
# One a folder of configs: the name of its collection, and the paper with its address.
COLLECTIONS = {
    'ce': ('Cross-entropy',),
    'clex': (
        'CLEX',
        'CLEX: Complementary Label Exchange Learning for Noisy Facial Expression Recognition',
        # the proceedings: no code was released, and no preprint is known
        'https://openaccess.thecvf.com/CVPR2026',
    ),
    'coteaching': (
        'Co-teaching',
        'Co-teaching: Robust Training of Deep Neural Networks with Extremely Noisy Labels',
        'https://arxiv.org/abs/1804.06872',
    ),
    'demo': ('Demo',),
    'eac': (
        'EAC',
        'Learn From All: Erasing Attention Consistency for Noisy Label Facial Expression '
        'Recognition',
        'https://arxiv.org/abs/2207.10299',
    ),
    'elr': (
        'ELR',
        'Early-Learning Regularization Prevents Memorization of Noisy Labels',
        'https://arxiv.org/abs/2007.00151',
    ),
    'gce': (
        'GCE',
        'Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels',
        'https://arxiv.org/abs/1805.07836',
    ),
    'pretrain': (
        'MaskFeat on faces',
        'Masked Feature Prediction for Self-Supervised Visual Pre-Training',
        'https://arxiv.org/abs/2112.09133',
    ),
    'pll': (
        'PLL-FER',
        'Rethinking the Learning Paradigm for Facial Expression Recognition',
        'https://arxiv.org/abs/2209.15402',
    ),
    'sce': (
        'SCE',
        'Symmetric Cross Entropy for Robust Learning with Noisy Labels',
        'https://arxiv.org/abs/1908.06112',
    ),
}
# where it is not the one that the reader is named after
DATA = {'demo': "Synthetic faces in RAF-DB's layout"}
# bases, grids, and templates that stand for nobody's data
NO_METHODS = {'_base_', 'benchmarks', 'own'}
_COMPLEXITY: dict[str, dict] = {}  # networks that many configs share


def network_of(cfg: Config) -> dict:
    """The model's settings without those of its first weights."""
    model = cfg.model.to_dict()
    model['backbone'].pop('init_cfg', None)
    for companion in ('peer', 'ema'):  # in training alone
        model.pop(companion, None)
    return model


@contextmanager
def quiet() -> Iterator[None]:
    """Errors alone in the log."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('ERROR')
    try:
        yield
    finally:
        logger.setLevel(level)


def complexity(cfg: Config) -> dict[str, int]:
    """FLOPs (multiply-adds; four digits) and parameters of backbone, neck and head, for one image
    of the test pipeline. Where nothing is tested, in pre-training, FLOPs of the encoder on a whole
    image, and all parameters."""
    network = network_of(cfg)
    size = cfg.model.backbone.get('img_size', 224)
    shape = input_shape(cfg) if cfg.get('test_dataloader') else (3, size, size)
    key = json.dumps([network, shape], sort_keys=True)
    if key not in _COMPLEXITY:
        if 'peer' in cfg.model:  # the network that is tested, without the other
            network['head'] = dict(network['head'], type='MultiViewHead')
            for setting in set(network['head']) - {'type', 'num_classes', 'in_channels'}:
                del network['head'][setting]
        model = MODELS.build(network).eval()
        with quiet():  # it warns of each operation that it counts as free
            flops = int(
                get_model_complexity_info(model, shape, show_table=False, show_arch=False)['flops']
            )
        _COMPLEXITY[key] = dict(
            FLOPs=round(flops, 4 - len(str(flops))),
            Parameters=sum(p.numel() for p in model.parameters()),
        )
    return _COMPLEXITY[key]


def entry(path: Path, collection: str) -> dict:
    """A config's row. No accuracy was measured at full size, so it states none, and names no
    weights."""
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    dataset, results = trained_on(cfg, path), None
    if cfg.get('test_dataloader'):
        results = [dict(Task='Image Classification', Dataset=dataset, Metrics={})]
    return {
        'Name': path.stem,
        'In Collection': collection,
        'Config': path.relative_to(ROOT).as_posix(),
        'Metadata': {
            'Training Data': dataset,
            'Epochs': cfg.train_cfg.max_epochs,
            'Batch Size': cfg.get('total_batch_size') or cfg.train_dataloader.batch_size,
            **complexity(cfg),
        },
        'Results': results,
    }


def trained_on(cfg: Config, path: Path) -> str:
    """The name of the data, or of the data sets that are mixed."""
    settings = (cfg.get('test_dataloader') or cfg.train_dataloader).dataset
    names = [
        DATASETS.get(one.type).METAINFO['dataset'] for one in settings.get('datasets', [settings])
    ]
    return DATA.get(path.parent.name, ', '.join(names))


def methods() -> list[Path]:
    """The folders of configs that the index lists.

    Raises:
        ValueError: on one that COLLECTIONS does not know.
    """
    folders = sorted(
        p for p in (ROOT / 'configs').iterdir() if p.name not in NO_METHODS and any(p.glob('*.py'))
    )
    unknown = [p.name for p in folders if p.name not in COLLECTIONS]
    if unknown:
        raise ValueError(
            f'configs/{unknown[0]} has no entry in COLLECTIONS of {Path(__file__).name}; add its '
            'name and, if there is one, its paper (Title, URL)'
        )
    return folders


def metafile(folder: Path, progress: bool) -> str:
    """Text of one method's metafile.yml."""
    name, *paper = COLLECTIONS[folder.name]
    collection = dict(Name=name)
    if paper:
        collection['Paper'] = dict(zip(('Title', 'URL'), paper))
    collection['README'] = f'configs/{folder.name}/README.md'
    leaves = track(sorted(folder.glob('*.py')), folder.name, transient=True, disable=not progress)
    content = dict(Collections=[collection], Models=[entry(path, name) for path in leaves])
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def make(progress: bool = False) -> dict[Path, str]:
    """Every file of the index, from the repository's root, with its text."""
    folders = methods()
    files = {Path('configs') / p.name / 'metafile.yml': metafile(p, progress) for p in folders}
    index = dict(Import=[path.as_posix() for path in files])
    return {Path('model-index.yml'): HEADER + yaml.safe_dump(index), **files}


def stale(files: dict[Path, str]) -> list[str]:
    """Those of the files that are missing, different, or too many."""
    changed = [
        path.as_posix()
        for path, text in files.items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text('utf-8') != text
    ]
    extra = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob('configs/*/metafile.yml')
        if path.relative_to(ROOT) not in files
    ]
    return changed + extra


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    only = 'write nothing; exit with 1 where a file is out of date'
    parser.add_argument('--check', action='store_true', help=only)
    args = parser.parse_args()
    files = make(progress=sys.stdout.isatty())
    names = stale(files)
    if args.check:
        if names:
            print(f'out of date: {", ".join(names)}. Run python tools/dev/make_metafiles.py')
        return int(bool(names))
    for path, text in files.items():
        (ROOT / path).write_text(text, encoding='utf-8')
    print(f'written: {", ".join(map(str, files))}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
