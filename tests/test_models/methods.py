"""Every registered head on a tiny network and faces of noise, for the harness and the tests of
heads."""

import inspect
import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

import mmfer.engine
import mmfer.models
from mmfer.models import FeatureQueue, Geometry, MultiViewHead, Prototypes, Targets, View, ViewHead

K, IMAGES, SIZE = 5, 12, 16
NUMBERS = itertools.count()


class ContrastHead(MultiViewHead):
    """No published method: what the seam offers that no head of ours uses yet (average, code,
    queue, prototypes, turns before an epoch and after a step)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.project = nn.Linear(self.in_channels, 4)
        self.queue = FeatureQueue(7, 4)
        self.prototypes = Prototypes(self.num_classes, 4, momentum=0.5)
        self.register_buffer('prior', torch.zeros(self.num_classes))
        self.register_buffer('turns', torch.zeros(2))

    def prepare(self, num_samples, class_counts):
        self.prior = class_counts.to(self.prior) / num_samples

    def start_epoch(self):
        self.turns[0] += 1 + self.progress.epoch

    def after_step(self, views, targets):
        code = F.normalize(views[0].code.float(), dim=1)
        self.prototypes.move(code, targets.label)
        self.turns[1] += 1

    def view_loss(self, views: list, targets, ema: list) -> dict[str, Tensor]:
        losses = super().view_loss(views, targets)
        query, key = (F.normalize(one.code, dim=1) for one in (views[0], ema[0]))
        kept = self.queue.read()
        near = (query * key).sum(1, keepdim=True)
        far = (query @ kept.features.to(query).T).masked_fill(~kept.filled, -1e4)
        far = torch.cat([far, query @ self.prototypes.read().to(query).T], 1)
        weight = 1 - self.prior.to(query)[targets.label]
        nll = F.cross_entropy(
            torch.cat([near, far], 1), torch.zeros_like(targets.label), reduction='none'
        )
        losses['loss_contrast'] = (weight * nll).mean()
        self.queue.put(key, targets.label)
        return losses


RESNET = dict(
    type='ResNet',
    depth=18,
    num_stages=1,
    out_indices=(0,),
    strides=(1,),
    dilations=(1,),
    base_channels=8,
    stem_channels=8,
)
LINEAR = dict(num_classes=K, in_channels=8)
REVISE = dict(response='softmax', threshold=0.1)
# head, number of views, further settings of the classifier
METHODS = {
    'ce': (dict(type='MultiViewHead', **LINEAR), 1, {}),
    'ce of two views, joint': (dict(type='MultiViewHead', **LINEAR), 2, dict(view_pass='joint')),
    'gce': (dict(type='MultiViewHead', **LINEAR, loss=dict(type='SampleLoss', fn='gce')), 1, {}),
    'sce': (dict(type='MultiViewHead', **LINEAR, loss=dict(type='SampleLoss', fn='sce')), 1, {}),
    'clex': (dict(type='CLEXHead', **LINEAR, warmup_iters=4), 2, {}),
    'eac': (dict(type='EACHead', **LINEAR), 2, {}),
    'elr': (dict(type='ELRHead', **LINEAR), 1, {}),
    'coteaching': (dict(type='CoTeachingHead', **LINEAR, ramp_epochs=1), 1, dict(peer={})),
    'pll linear': (dict(type='PartialLabelHead', **LINEAR, confidence=REVISE), 1, {}),
    'pll decoder': (
        dict(
            type='LabelQueryHead',
            **LINEAR,
            heads=2,
            dropout=0.0,
            position='sine',
            lambda_uniformity=0.1,
            confidence=REVISE,
        ),
        1,
        dict(neck=None),
    ),
    'contrast': (
        dict(type=ContrastHead, **LINEAR),
        2,
        dict(views=(0,), ema=dict(momentum=0.9, views=(1,))),
    ),
}


def registered() -> set:
    """Names of the heads that a config can name."""
    return {
        name
        for name, one in vars(mmfer.models).items()
        if inspect.isclass(one) and issubclass(one, ViewHead) and one is not ViewHead
    }


class Noise(torch.utils.data.Dataset):
    """Images of noise, their views and all that a data set of ours tells."""

    CLASSES = tuple('abcde')

    def __init__(self, views):
        self.views = views
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randint(
            0, 256, (IMAGES, 3, SIZE, SIZE), dtype=torch.uint8, generator=generator
        )
        score = torch.rand(IMAGES, K, generator=generator) * (
            torch.rand(IMAGES, K, generator=generator) < 0.5
        )
        score[:, 0] += 0.1
        self.score = score / score.sum(1, keepdim=True)

    def __len__(self):
        return IMAGES

    def get_gt_labels(self):
        return [i % K for i in range(IMAGES)]

    def sample(self, index):
        sample = DataSample(metainfo=dict(sample_idx=index, img_path=f'{index}.png'))
        sample.set_gt_label(index % K).set_gt_score(self.score[index])
        matrices = [np.eye(3), np.diag([-1.0, 1, 1])][: self.views]
        sample.set_field(np.stack(matrices).astype(np.float32), 'view_matrix')
        return sample

    def __getitem__(self, index):
        image = self.images[index]
        views = [image, image.flip(-1)][: self.views]
        return dict(inputs=views[0] if self.views == 1 else views, data_samples=self.sample(index))


class Spy(MultiViewHead):
    """Keeps what it is given."""

    extra = ()

    def view_loss(self, views, targets):
        self.seen = views, targets
        return super().view_loss(views, targets)


def batch(views, n=3, **fields):
    """The first images, with further fields, collated."""
    data = Noise(views)
    items = [data[i] for i in range(n)]
    for item in items:
        for name, value in fields.items():
            item['data_samples'].set_field(value, name)
    return default_collate(items)


def make(head, **settings):
    """A classifier with this head, from one seed, before its first weights are drawn."""
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            dict(
                type='MultiViewClassifier',
                backbone=RESNET,
                neck=dict(type='GlobalAveragePooling'),
                head=head,
                data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3),
            ),
            **settings,
        )
    )


def build(name, frozen=False, device=None):
    """The method's classifier, from one seed."""
    head, _, settings = METHODS[name]
    model = make(head, **{'backbone': dict(RESNET, norm_eval=frozen), **settings})
    model.init_weights()
    return model


def softmax(z):
    """Of a list."""
    total = sum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


def draw(views, seed=0):
    """Views of six images in float64, the second mirrored, and their targets."""
    generator = torch.Generator().manual_seed(seed)
    mirrored = torch.ones(6, dtype=torch.bool)
    found = []
    for v in range(views):
        feat = torch.rand(6, 8, 3, 3, generator=generator, dtype=torch.float64).requires_grad_()
        logits = torch.randn(6, K, generator=generator, dtype=torch.float64).requires_grad_()
        geometry = Geometry(mirrored if v else ~mirrored)
        found.append(View((feat,), feat.mean((2, 3)), logits, geometry))
    label = torch.randint(0, K, (6,), generator=generator)
    return found, Targets(label, None, torch.tensor([3, 0, 5, 1, 2, 4]))
