"""Grey pictures as one channel train; channels that do not fit are refused with the way out."""

import pytest
import torch
from methods import LINEAR, RESNET, make
from mmpretrain.registry import MODELS

from mmfer.models.channels import check_channels, check_normalisation, input_channels

HEAD = dict(type='MultiViewHead', **LINEAR)
GREY = dict(backbone=dict(RESNET, in_channels=1), data_preprocessor=dict(mean=[128.0], std=[64.0]))


def test_what_a_backbone_says_it_takes():
    make(HEAD)  # sets the scope
    assert input_channels(dict(RESNET, in_channels=1)) == 1
    assert (
        input_channels(dict(type='ResNet')) == 3 == input_channels(dict(type='mmpretrain.ResNet'))
    )
    for unknown in (None, dict(type='MobileFaceNet'), MODELS.build(RESNET)):
        assert input_channels(unknown) is None
    check_channels(None, torch.ones(1, 4, 2, 2))
    check_normalisation(None, torch.ones(4, 1, 1))


def test_normalisation_of_other_channels_is_refused_when_built():
    with pytest.raises(ValueError, match=r'mean and std of 3 channels, and model.backbone.in_cha'):
        make(HEAD, backbone=GREY['backbone'])
    # one number is for all
    model = make(HEAD, data_preprocessor=GREY['data_preprocessor'])
    assert model(torch.rand(2, 3, 16, 16)).shape == (2, 5)


@pytest.mark.parametrize('mode', ['tensor', 'loss', 'predict'])
def test_pictures_of_other_channels_are_refused(mode):
    model = make(HEAD, **GREY)
    with pytest.raises(ValueError, match=r'have 3 channel\(s\), and .*in_channels=1.*grayscale'):
        model([torch.rand(2, 3, 16, 16)] * 2, mode=mode)


@pytest.mark.parametrize('pipeline', ['two_view', 'shared_erasing', 'pixel_noise', 'affine'])
def test_grey_pictures_train_as_one_channel(pipeline, tiny_runner):
    runner = tiny_runner(
        'clex/clex_r18_rafdb_noise30.py',
        **{
            'load.color_type': 'grayscale',
            'train_pipeline': f'${pipeline}_pipeline',
            'random_erasing.erase_prob': 1.0,
            'model.backbone.in_channels': 1,
            'model.data_preprocessor.mean': [128.0],
            'model.data_preprocessor.std': [64.0],
            'train_cfg.max_epochs': 1,
        },
    )
    runner.train()
    assert len(runner.losses) == 3
    assert runner.model.backbone.conv1.weight.shape[1] == 1
    sizes = {tuple(item['inputs'][1].shape) for item in runner.train_dataloader.dataset}
    assert sizes == {(1, 32, 32)}


@pytest.mark.parametrize('pipeline', ['one_view', 'finetune', 'test'])
def test_every_pipeline_of_one_view_takes_grey_pictures(pipeline, tiny_runner):
    runner = tiny_runner(
        'ce/ce_r18_rafdb.py',
        **{
            'load.color_type': 'grayscale',
            'train_pipeline': f'${pipeline}_pipeline',
            'model.backbone.in_channels': 1,
            'model.data_preprocessor.mean': [128.0],
            'model.data_preprocessor.std': [64.0],
        },
    )
    data = runner.build_dataloader(runner.cfg.train_dataloader).dataset
    for _ in range(10):  # RandAugment draws two of its fifteen steps
        assert {tuple(item['inputs'].shape) for item in data} == {(1, 32, 32)}
