"""Every leaf builds, takes a step, and agrees with its data set."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS, TRANSFORMS
from mmpretrain.structures import DataSample

ROOT = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(
    p for p in ROOT.rglob('*.py') if '_base_' not in p.parts)
IDS = [p.stem for p in LEAVES]
# those of configs/maskfeat have no classes: test_pretraining_configs.py; nor
# has the demo's
CLASSIFIERS = [p for p in LEAVES if p.parent.name != 'maskfeat'
               and not p.stem.startswith('maskfeat')]


def load(path):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    return cfg


def test_names_are_unique():
    # mim finds a config by its file name anywhere below the package
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize('path', CLASSIFIERS, ids=lambda p: p.stem)
def test_leaf(path):
    cfg = load(path)
    # as many classes as its data sets
    heads = cfg.model.head.num_classes
    for loader in (cfg.train_dataloader, cfg.val_dataloader,
                   cfg.test_dataloader):
        data = DATASETS.build({
            **loader.dataset, 'lazy_init': True, 'pipeline': []})
        assert len(data.CLASSES) == heads
    assert cfg.val_dataloader.dataset.test_mode
    assert 'noise' not in cfg.val_dataloader.dataset

    # the pipelines give what the model takes
    pipeline = [TRANSFORMS.build(step)
                for step in cfg.train_dataloader.dataset.pipeline[1:]]
    rng = np.random.default_rng(0)
    items = []
    for i in range(3):
        item = dict(img=rng.integers(0, 256, (48, 48, 3), dtype=np.uint8),
                    gt_label=i, clean_label=i, sample_idx=i)
        if 'candidates' in cfg.train_dataloader.dataset:
            item['gt_score'] = np.full(heads, 1 / heads, np.float32)
        for step in pipeline:
            item = step(item)
        items.append(item)
    small = torch.nn.functional.interpolate
    views = items[0]['inputs']
    if isinstance(views, list):
        inputs = [torch.stack([it['inputs'][v] for it in items])
                  for v in range(len(views))]
        inputs = [small(v.float(), size=(64, 64)) for v in inputs]
    else:
        inputs = small(torch.stack([it['inputs'] for it in items]).float(),
                       size=(64, 64))

    model = cfg.model
    model.backbone.init_cfg = None  # the weights are not here
    if model.backbone.type == 'VisionTransformer':  # 2 of 12 equal layers
        sizes = model.backbone.arch
        if isinstance(sizes, str):
            sizes = MODELS.get('VisionTransformer').arch_zoo[sizes]
        model.backbone.arch = dict(sizes, num_layers=2)
    model = MODELS.build(model).train()
    for module in model.modules():
        if hasattr(module, 'size_to'):
            module.size_to(range(len(items)))
    data = model.data_preprocessor(
        dict(inputs=inputs, data_samples=[it['data_samples'] for it in items]),
        training=True)
    loss, logged = model.parse_losses(model(**data, mode='loss'))
    assert torch.isfinite(loss)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    assert sum(len(g['params']) for g in optimizer.param_groups) == len(
        [p for p in model.parameters() if p.requires_grad])
    assert model(small(torch.rand(1, 3, 8, 8), size=(64, 64))).shape == (
        1, heads)


def test_published_hyper_parameters():
    for dataset in ('rafdb', 'ferplus'):
        for noise, rate in (('', None), ('_noise10', .1), ('_noise20', .2),
                            ('_noise30', .3)):
            cfg = load(ROOT / f'clex/clex_r18_{dataset}{noise}.py')
            head = cfg.model.head
            assert (head.gamma, head.p, head.d) == (.5, 3., 1)
            assert (head.lambda_csl, head.lambda_ce, head.lambda_ac) == (
                1., .4, 2.)
            assert cfg.optim_wrapper.optimizer == dict(
                type='Adam', lr=1e-4, weight_decay=1e-4)
            assert cfg.param_scheduler == dict(
                type='ExponentialLR', gamma=.9, by_epoch=True)
            assert cfg.train_cfg.max_epochs == 60
            assert cfg.total_batch_size == 32 == \
                cfg.train_dataloader.batch_size
            assert cfg.train_dataloader.dataset.pipeline[1].scale == 224
            given = cfg.train_dataloader.dataset.get('noise')
            assert given == (rate and dict(
                kind='symmetric', rate=rate, seed=0))


@pytest.mark.parametrize('row, terms', [
    ('_row-a', {'ce'}), ('_row-b', {'ce', 'ac'}), ('_row-c', {'ce', 'csl'}),
    ('_row-d', {'ce', 'ac', 'csl'}), ('_row-e', {'ce', 'ac', 'csl'})])
def test_rows_of_the_ablation(row, terms):
    head = load(ROOT / f'clex/clex_r18_rafdb_noise30{row}.py').model.head
    weights = dict(ce=head.lambda_ce, ac=head.lambda_ac, csl=head.lambda_csl)
    assert {k for k, v in weights.items() if v} == terms
    assert (head.gamma > 0) == (row in ('_row-a', '_row-b', '_row-e'))


@pytest.mark.parametrize('dataset, epochs', [
    ('rafdb', 100), ('ferplus', 100), ('affectnet7', 25), ('affectnet8', 25)])
def test_published_fine_tuning(dataset, epochs):
    cfg = load(ROOT / f'pll/pll_vit-b_{dataset}.py')
    assert cfg.optim_wrapper.optimizer == dict(
        type='AdamW', lr=1e-4, betas=(.9, .95), weight_decay=.05)
    assert 'clip_grad' not in cfg.optim_wrapper
    assert cfg.train_cfg.max_epochs == epochs == cfg.param_scheduler[1].end
    assert cfg.total_batch_size == 320 == cfg.train_dataloader.batch_size
    head = cfg.model.head
    assert (head.blocks, head.tau, head.confidence.response) == (2, .001, 'sigmoid')
    candidates = cfg.train_dataloader.dataset.candidates
    assert candidates.kind == 'file' and candidates.path.endswith('k2.txt')
    assert 'candidates' not in cfg.val_dataloader.dataset


# the decoder; learns from candidates; optimal embeddings; revision
PARTS = {'softmax': (0, 0, 0, 0), 'pll': (0, 1, 0, 0), 'decoder': (1, 1, 0, 0),
         'uniformity': (1, 1, 1, 0), 'revision': (1, 1, 0, 1), '': (1, 1, 1, 1)}


@pytest.mark.parametrize('name', [
    'pll_vit-b_rafdb', 'pll_vit-b_affectnet7', 'pll_vit-t_ferplus_votes_small'])
@pytest.mark.parametrize('row', PARTS)
def test_rows_of_the_ablation_of_pll(name, row):
    cfg = load(ROOT / f'pll/{name}{"_row-" * bool(row)}{row}.py')
    head = MODELS.build(cfg.model.head)
    confidence = getattr(head, 'confidence', None)
    assert PARTS[row] == (
        hasattr(head, 'label_embeddings'), confidence is not None,
        getattr(head, 'embeddings', '') == 'optimal',
        getattr(confidence, 'update', '') == 'revise')


def test_other_rows_of_pll():
    def head(name):
        return load(ROOT / f'pll/pll_{name}.py').model.head

    for dataset in ('rafdb', 'ferplus', 'affectnet7'):
        for net in ('r18', 'vit-b'):
            for row, source in (('softmax', 'label'), ('pll', 'candidates')):
                one = MODELS.build(head(f'{net}_{dataset}_row-{row}'))
                assert one.learn_from == source
                assert not hasattr(one, 'label_embeddings')
    for dataset in ('rafdb', 'ferplus'):
        found = {tau: head(f'vit-b_{dataset}_tau{tau}') for tau in ('001', '005', '010')}
        assert [one.tau for one in found.values()] == [.001, .005, .01]
        assert {one.lambda_uniformity for one in found.values()} == {1.}
        assert head(f'vit-b_{dataset}_row-revision').embeddings == 'normal'
    for k in (3, 4):
        cfg = load(ROOT / f'pll/pll_vit-b_rafdb_k{k}.py')
        assert cfg.train_dataloader.dataset.candidates.path == f'candidates_k{k}.txt'
    for dataset in ('rafdb', 'ferplus', 'affectnet7', 'affectnet8'):
        full, scratch = (load(ROOT / f'pll/pll_vit-b_{dataset}{end}.py')
                         for end in ('', '_scratch'))
        assert full.optim_wrapper.paramwise_cfg.layer_decay_rate == .65
        # which would leave the lower layers of a new network as they are
        assert scratch.optim_wrapper.paramwise_cfg.layer_decay_rate == 1.
        full, scratch = full.model, scratch.model
        assert full.backbone.init_cfg.type == 'EncoderWeights'
        assert scratch == {**full, 'backbone': {**full.backbone, 'init_cfg': None}}


@pytest.mark.parametrize('name', [
    'pll_vit-b_rafdb', 'pll_vit-b_affectnet7', 'pll_vit-t_ferplus_votes_small'])
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
        'model = dict(head=dict(gamma=.25))\n')
    cfg = load(leaf)
    assert cfg.model.head.gamma == .25 and cfg.model.head.p == 3.


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


@pytest.mark.parametrize('path', [p for p in LEAVES if 'affectnet' in p.stem],
                         ids=lambda p: p.stem)
def test_affectnet_is_cropped_and_balanced(path):
    cfg = load(path)
    assert cfg.train_dataloader.sampler.type == 'ClassBalancedSampler'
    classes = 8 if 'affectnet8' in path.stem else 7
    for loader in (cfg.train_dataloader, cfg.val_dataloader,
                   cfg.test_dataloader):
        steps = [step.type for step in loader.dataset.pipeline]
        assert steps[:3] == ['LoadImageFromFile', 'CropFaceBox', 'Resize']
        assert loader.dataset.num_classes == classes
    assert cfg.val_dataloader.sampler.type == 'DefaultSampler'
    assert cfg.val_dataloader.dataset.split == 'valid'
    assert cfg.train_dataloader.dataset.split == (
        'auto' if 'auto' in path.stem else 'train')
