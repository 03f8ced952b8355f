"""Every leaf, and every row of a benchmark, builds, takes a step, and agrees with its data set."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS, TRANSFORMS
from mmpretrain.structures import DataSample

from mmfer.engine.benchmarks import read_rows
from mmfer.functional import Progress

ROOT = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(p for p in ROOT.rglob('*.py') if '_base_' not in p.parts)
IDS = [p.stem for p in LEAVES]


def classifies(path):
    """Those that pre-train have no classes: test_pretraining_configs.py; nor has the demo's."""
    return path.parent.name != 'pretrain' and not path.stem.startswith('maskfeat')


CLASSIFIERS = [p for p in LEAVES if classifies(p)]
ROWS = {
    f'{file.stem}-{row.name}': row
    for file in sorted((ROOT / 'benchmarks').glob('*.yml'))
    for row in read_rows(file)
}


def load(path):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    return cfg


def row(file, name):
    """The config of a benchmark's row."""
    return ROWS[f'{file}-{name}'].load()


def test_names_are_unique():
    # mim finds a config by its file name anywhere below the package
    assert len(set(IDS)) == len(IDS)


def step(cfg):
    """One training step on tiny fake data; what it shows is asserted."""
    init_default_scope(cfg.default_scope)
    # as many classes as its data sets
    classes = cfg.model.head.num_classes
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        data = DATASETS.build({**loader.dataset, 'lazy_init': True, 'pipeline': []})
        assert len(data.CLASSES) == classes
    assert cfg.val_dataloader.dataset.test_mode
    assert 'noise' not in cfg.val_dataloader.dataset

    # the pipelines give what the model takes
    cfg.merge_from_dict(dict(image_size=64))
    pipeline = [TRANSFORMS.build(step) for step in cfg.train_dataloader.dataset.pipeline[1:]]
    rng = np.random.default_rng(0)
    items = []
    for i in range(3):
        item = dict(
            img=rng.integers(0, 256, (48, 48, 3), dtype=np.uint8),
            gt_label=i % classes,
            clean_label=i % classes,
            sample_idx=i,
        )
        if cfg.train_dataloader.dataset.get('candidates'):
            item['gt_score'] = np.full(classes, 1 / classes, np.float32)
        for step in pipeline:
            item = step(item)
        items.append(item)

    model = cfg.model
    model.backbone.init_cfg = None  # the weights are not here
    if model.backbone.type == 'VisionTransformer':  # 2 of 12 equal layers
        sizes = model.backbone.arch
        if isinstance(sizes, str):
            sizes = MODELS.get('VisionTransformer').arch_zoo[sizes]
        model.backbone.arch = dict(sizes, num_layers=2)
    model = MODELS.build(model).train()
    for module in model.modules():
        if hasattr(module, 'prepare'):
            module.prepare(len(items), torch.ones(classes))
        if hasattr(type(module), 'progress'):
            module.progress = Progress(0, 2, 0, 2)
    data = model.data_preprocessor(default_collate(items), training=True)
    sizes = {
        tuple(view.shape)
        for view in (data['inputs'] if isinstance(data['inputs'], list) else [data['inputs']])
    }
    assert sizes == {(3, 3, 64, 64)}
    loss, logged = model.parse_losses(model(**data, mode='loss'))
    assert torch.isfinite(loss)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    assert sum(len(g['params']) for g in optimizer.param_groups) == len(
        [p for p in model.parameters() if p.requires_grad]
    )
    return model


@pytest.mark.parametrize('path', CLASSIFIERS, ids=lambda p: p.stem)
def test_leaf(path):
    cfg = load(path)
    model = step(cfg).eval()
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, cfg.model.head.num_classes)


# Of rows that differ in noise alone, the leaf's step has shown the rest.
@pytest.mark.parametrize(
    'name',
    [name for name, one in ROWS.items() if classifies(one.config) and (one.options or one.init)],
)
def test_row_takes_a_step(name):
    step(ROWS[name].load())


@pytest.mark.parametrize('name', ROWS)
def test_row_says_what_it_changes(name):
    one = ROWS[name]
    cfg = one.load()
    assert one.what
    for key, value in one.options.items():
        place = cfg
        for part in key.split('.'):
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(value, str) and value.startswith('$'):
            assert place == cfg[value[1:]] and isinstance(place, list)
        elif isinstance(value, dict):
            assert place == {k: v for k, v in value.items() if k != '_delete_'}
        else:
            assert place == value
    if one.noise:
        kind, rate = one.noise.split(':')
        noise = cfg.train_dataloader.dataset.noise
        assert noise == (
            dict(kind='file', path=rate)
            if kind == 'file'
            else dict(kind=kind, rate=float(rate), seed=0)
        )


OLD = yaml.safe_load((ROOT / 'renamed.yml').read_text())


@pytest.mark.parametrize('old', OLD)
def test_a_dead_name_tells_the_new_one(old, tmp_path):
    entry = OLD[old]
    assert not (ROOT / old).exists() and (ROOT / entry['now']).is_file()
    add = entry.get('add', '')
    if add.startswith('row '):
        name, file = add.removeprefix('row ').split(' of configs/benchmarks/')
        assert ROWS[f'{file.removesuffix(".yml")}-{name}'].config == ROOT / entry['now']
    with pytest.raises(FileNotFoundError) as told:
        Config.fromfile(ROOT / old)
    assert f'{Path(old).stem} is now configs/{entry["now"]}' in str(told.value)
    assert add in str(told.value)


def test_published_hyper_parameters():
    for dataset in ('rafdb', 'ferplus', 'affectnet7', 'affectnet8'):
        for noise, rate in (('', None), ('_noise10', 0.1), ('_noise20', 0.2), ('_noise30', 0.3)):
            plain = 'ferplus8' if dataset == 'ferplus' and not noise else dataset
            cfg = load(ROOT / f'clex/clex_r18_{plain}{noise}.py')
            head = cfg.model.head
            assert (head.gamma, head.p, head.d) == (0.5, 3.0, 1)
            assert (head.lambda_csl, head.lambda_ce, head.lambda_ac) == (1.0, 0.4, 2.0)
            assert cfg.optim_wrapper.optimizer == dict(type='Adam', lr=1e-4, weight_decay=1e-4)
            assert cfg.param_scheduler == dict(type='ExponentialLR', gamma=0.9, by_epoch=True)
            assert cfg.train_cfg.max_epochs == 60
            assert cfg.total_batch_size == 32 == cfg.train_dataloader.batch_size
            assert cfg.train_dataloader.dataset.pipeline[2].scale == 224
            given = cfg.train_dataloader.dataset.get('noise')
            assert given == (rate and dict(kind='symmetric', rate=rate, seed=0))


@pytest.mark.parametrize(
    'name, terms',
    [
        ('a', {'ce'}),
        ('b', {'ce', 'ac'}),
        ('c', {'ce', 'csl'}),
        ('d', {'ce', 'ac', 'csl'}),
        ('e', {'ce', 'ac', 'csl'}),
    ],
)
def test_rows_of_the_ablation(name, terms):
    head = row('clex_ablation', name).model.head
    weights = dict(ce=head.lambda_ce, ac=head.lambda_ac, csl=head.lambda_csl)
    assert {k for k, v in weights.items() if v} == terms
    assert (head.gamma > 0) == (name in 'abe')


@pytest.mark.parametrize(
    'dataset, epochs', [('rafdb', 100), ('ferplus8', 100), ('affectnet7', 25), ('affectnet8', 25)]
)
def test_published_fine_tuning(dataset, epochs):
    cfg = load(ROOT / f'pll/pll_vit-b_{dataset}.py')
    assert cfg.optim_wrapper.optimizer == dict(
        type='AdamW', lr=1e-4, betas=(0.9, 0.95), weight_decay=0.05
    )
    assert 'clip_grad' not in cfg.optim_wrapper
    assert cfg.train_cfg.max_epochs == epochs == cfg.param_scheduler[1].end
    assert cfg.total_batch_size == 320 == cfg.train_dataloader.batch_size
    head = cfg.model.head
    assert (head.blocks, head.tau, head.confidence.response) == (2, 0.001, 'sigmoid')
    candidates = cfg.train_dataloader.dataset.candidates
    assert candidates.kind == 'file' and candidates.path.endswith('k2.txt')
    assert 'candidates' not in cfg.val_dataloader.dataset


# the decoder; learns from candidates; optimal embeddings; revision
PARTS = {
    'softmax': (0, 0, 0, 0),
    'pll': (0, 1, 0, 0),
    'decoder': (1, 1, 0, 0),
    'uniformity': (1, 1, 1, 0),
    'revision': (1, 1, 0, 1),
    'all': (1, 1, 1, 1),
}


@pytest.mark.parametrize(
    'file, prefix',
    [
        ('pll_ablation', 'rafdb-'),
        ('pll_ablation', 'ferplus8-'),
        ('pll_ablation', 'affectnet7-'),
        ('pll_small', ''),
    ],
)
@pytest.mark.parametrize('name', PARTS)
def test_rows_of_the_ablation_of_pll(file, prefix, name):
    head = MODELS.build(row(file, prefix + name).model.head)
    confidence = getattr(head, 'confidence', None)
    assert PARTS[name] == (
        hasattr(head, 'label_embeddings'),
        confidence is not None,
        getattr(head, 'embeddings', '') == 'optimal',
        getattr(confidence, 'fn', None) == 'revise',
    )


def test_who_revises_confidences_writes_what_became_of_them():
    cfgs = {path.stem: load(path) for path in CLASSIFIERS if 'pll' in path.stem}
    cfgs.update((name, one.load()) for name, one in ROWS.items() if name.startswith('pll'))
    revises, lost = 0, []
    for name, cfg in cfgs.items():
        if (cfg.model.head.get('confidence') or {}).get('fn'):
            revises += 1
            if 'DisambiguationHook' not in [hook.type for hook in cfg.custom_hooks]:
                lost.append(name)
    assert revises > 5 and lost == []


def test_other_rows_of_pll():
    for dataset in ('rafdb', 'ferplus8', 'affectnet7'):
        for name, source in (('softmax', 'label'), ('pll', 'candidates')):
            one = MODELS.build(row('pll_ablation', f'r18-{dataset}-{name}').model.head)
            assert one.learn_from == source and not hasattr(one, 'label_embeddings')
    for dataset in ('rafdb', 'ferplus8'):
        found = [
            row('pll_sweeps', f'{dataset}-tau{tau}').model.head
            for tau in ('0.001', '0.005', '0.01')
        ]
        assert [one.tau for one in found] == [0.001, 0.005, 0.01]
        assert {one.lambda_uniformity for one in found} == {1.0}
    for k in (3, 4):
        cfg = row('pll_sweeps', f'k{k}')
        assert cfg.train_dataloader.dataset.candidates.path == f'candidates_k{k}.txt'
    for dataset in ('rafdb', 'ferplus8', 'affectnet7', 'affectnet8'):
        full = load(ROOT / f'pll/pll_vit-b_{dataset}.py')
        scratch = row('pll_sweeps', f'{dataset}-scratch')
        assert full.optim_wrapper.paramwise_cfg.layer_decay_rate == 0.65
        # which would leave the lower layers of a new network as they are
        assert scratch.optim_wrapper.paramwise_cfg.layer_decay_rate == 1.0
        full, scratch = full.model, scratch.model
        assert full.backbone.init_cfg.type == 'EncoderWeights'
        assert scratch == {**full, 'backbone': {**full.backbone, 'init_cfg': None}}


def test_rows_of_the_other_readings():
    views = {
        name: row('clex_variants', name).train_dataloader.dataset.pipeline
        for name in ('affine', 'pixel-noise', 'shared-erasing')
    }
    assert views['affine'][3].views[1][0].type == 'FaceAffine'
    assert views['pixel-noise'][3].views[0][0].type == 'GaussianNoise'
    assert views['shared-erasing'][3].type == 'RandomErasing'
    assert row('clex_variants', 'imagenet').model.backbone.init_cfg.type == 'Pretrained'
    assert row('clex_variants', 'scratch').model.head.warmup_iters == 5 * 384
    # floor(gamma (C - 1)) classes are exchanged
    for size in (1, 2, 3, 4):
        head = MODELS.build(row('clex_sweeps', f'S{size}').model.head)
        assert head.exchanged == size


@pytest.mark.parametrize(
    'name', ['pll_vit-b_rafdb', 'pll_vit-b_affectnet7', 'pll_vit-t_ferplus8_small']
)
def test_the_cosine_ends_below_where_each_layer_began(name):
    """Layer decay gives each layer a learning rate of its own."""
    cfg = load(ROOT / f'pll/{name}.py')
    lowest = cfg.optim_wrapper.optimizer.lr * cfg.optim_wrapper.paramwise_cfg.layer_decay_rate**13
    cosine = cfg.param_scheduler[1]
    assert cosine.type == 'CosineAnnealingLR'
    assert lowest * cosine.get('eta_min_ratio', 0) + cosine.get('eta_min', 0) < lowest / 5


def test_a_variant_elsewhere_inherits(tmp_path):
    leaf = tmp_path / 'mine.py'
    leaf.write_text(
        f'_base_ = {str(ROOT / "clex/clex_r18_rafdb_noise30.py")!r}\n'
        'model = dict(head=dict(gamma=.25))\n'
    )
    cfg = load(leaf)
    assert cfg.model.head.gamma == 0.25 and cfg.model.head.p == 3.0


def test_paths_come_from_the_environment(monkeypatch):
    monkeypatch.setenv('RAFDB_ROOT', '/somewhere/raf')
    monkeypatch.setenv('MMFER_MSCELEB', '/somewhere/r18.pth')
    cfg = load(ROOT / 'clex/clex_r18_rafdb.py')
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        assert loader.dataset.data_root == '/somewhere/raf'
    assert cfg.model.backbone.init_cfg.checkpoint == '/somewhere/r18.pth'


def test_a_data_sample_of_the_view_pipeline():
    cfg = load(ROOT / 'clex/clex_r18_rafdb.py')
    item = dict(img=np.zeros((48, 48, 3), np.uint8), gt_label=1, clean_label=2)
    for step in cfg.train_dataloader.dataset.pipeline[1:]:
        item = TRANSFORMS.build(step)(item)
    sample = item['data_samples']
    assert isinstance(sample, DataSample)
    assert sample.clean_label == 2 and sample.gt_label.item() == 1
    assert sample.view_matrix.shape == (2, 3, 3)
    assert sample.view_matrix[1, 0, 0] == -1


@pytest.mark.parametrize('path', [p for p in LEAVES if 'affectnet' in p.stem], ids=lambda p: p.stem)
def test_affectnet_is_cropped_and_balanced(path):
    cfg = load(path)
    assert cfg.train_dataloader.sampler.type == 'ClassBalancedSampler'
    classes = 8 if 'affectnet8' in path.stem else 7
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        steps = [step.type for step in loader.dataset.pipeline]
        assert steps[:3] == ['LoadImageFromFile', 'CropFaceBox', 'Resize']
        assert loader.dataset.num_classes == classes
    assert cfg.val_dataloader.sampler.type == 'DefaultSampler'
    assert cfg.val_dataloader.dataset.split == 'valid'
    assert cfg.train_dataloader.dataset.split == ('auto' if 'auto' in path.stem else 'train')


METHODS = sorted(p.stem for p in (ROOT / '_base_/methods').glob('*.py'))


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('classes', [2, 3])
def test_own_faces_of_few_classes_by_every_method(method, classes, tmp_path):
    """By the own leaf, as its README says: the method is another base."""
    text = (ROOT / 'own/clex_r18_own.py').read_text().replace("'../", f"'{ROOT}/")
    if method != 'clex':
        text = text.replace('methods/clex.py', f'methods/{method}.py')
    text = text.replace("('angry', 'happy', 'neutral', 'sad')", str(tuple('abc'[:classes])))
    if method.startswith('pll'):
        text = text.replace('backbones/r18.py', 'backbones/vit-t.py')
        text += 'model.head.heads = 3\n' if method == 'pll_decoder' else ''
        text += "train_dataloader = dict(dataset=dict(candidates=dict(kind='uniform', rate=.5)))\n"
    (tmp_path / 'mine.py').write_text(text)
    cfg = load(tmp_path / 'mine.py')
    assert cfg.model.head.num_classes == classes
    step(cfg)


def test_own_faces_by_the_knobs_of_their_base(tmp_path):
    cfg = load(ROOT / 'own/clex_r18_own.py')
    knobs = dict(columns=dict(label='mood'), id_base=1, on_missing='skip', data_prefix='faces')
    rows = [f'{i}.png,{1 + i % 4},{"train" if i < 9 else "val"}' for i in range(12)]
    (tmp_path / 'labels.csv').write_text('\n'.join(['Image name,mood,set', *rows]))
    (tmp_path / 'faces').mkdir()
    for i in range(1, 12):
        cv2.imwrite(str(tmp_path / f'faces/{i}.png'), np.zeros((8, 8, 3), np.uint8))
    cfg.merge_from_dict(dict(data_root=str(tmp_path), **knobs))
    train, valid = (
        DATASETS.build(dict(cfg[f'{phase}_dataloader'].dataset, pipeline=[]))
        for phase in ('train', 'val')
    )
    assert train.get_gt_labels().tolist() == [1, 2, 3, 0, 1, 2, 3, 0] and len(train.missing) == 1
    assert valid.get_gt_labels().tolist() == [1, 2, 3]
    assert valid.on_missing == 'raise'


def test_own_faces_by_the_splits_that_there_are():
    cfg = load(ROOT / 'own/clex_r18_own.py')
    for given, splits in (
        ({}, ('valid', 'valid')),
        (dict(val_split='test'), ('test', 'test')),
        (dict(val_split='valid', test_split='test'), ('valid', 'test')),
    ):
        cfg.merge_from_dict(given)
        assert splits == (cfg.val_dataloader.dataset.split, cfg.test_dataloader.dataset.split)


def test_own_faces_keep_the_published_value():
    head = load(ROOT / 'own/clex_r18_own.py').model.head
    for classes in (7, 8):
        assert MODELS.build(dict(head, num_classes=classes)).retained == classes - 2
