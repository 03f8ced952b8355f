"""Scores equal those of tools/test.py, whatever form the pictures come in."""

import pickle
import runpy
import sys
from pathlib import Path

import cv2
import mmcv
import mmengine
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpretrain import FeatureExtractor, get_model

from mmfer.apis import FERInferencer, inference
from mmfer.apis.inference import find_classes
from mmfer.datasets import RAFDB
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
CLASSES = RAFDB.METAINFO['classes']
CONFIG = """
_base_ = {base!r}
model = dict(backbone=dict(stem_channels=8, base_channels=8), head=dict(in_channels=64))
train_dataloader = dict(dataset=dict(data_root={data!r}))
val_dataloader = dict(num_workers=0, dataset=dict(data_root={data!r}))
test_dataloader = val_dataloader
"""


@pytest.fixture(scope='module')
def faces(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('faces')
    write_rafdb(root, train=1, test=9, size=48)
    return root


def files(faces):
    return sorted(map(str, (faces / 'Image/aligned').glob('test_*.jpg')))


def make(folder, name, faces, meta):
    """A config and a checkpoint that tells these faces apart: random weights, a random classifier
    on features brought to mean 0 and deviation 1."""
    config = folder / f'{name}.py'
    config.write_text(
        CONFIG.format(
            base=str(ROOT / f'configs/demo/{name}_r18_synthetic_noise30.py'), data=str(faces)
        )
    )
    torch.manual_seed(0)
    model = get_model(str(config))
    feats = torch.stack([f[-1] for f in FeatureExtractor(model)(files(faces), stage='neck')])
    weight = torch.randn(7, 64) / feats.std(0).clamp(min=1e-6)
    model.head.fc.load_state_dict(dict(weight=weight / 4, bias=-(weight / 4) @ feats.mean(0)))
    checkpoint = folder / f'{name}.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=meta), checkpoint)
    return config, checkpoint


@pytest.fixture(scope='module', params=['ce', 'clex'])
def trained(request, faces, tmp_path_factory):
    """An ImageClassifier, then a MultiViewClassifier."""
    return make(
        tmp_path_factory.mktemp('run'), request.param, faces, dict(dataset_meta=RAFDB.METAINFO)
    )


@pytest.fixture(scope='module')
def clex(faces, tmp_path_factory):
    return make(tmp_path_factory.mktemp('run'), 'clex', faces, {})


@pytest.fixture(scope='module')
def infer(clex) -> FERInferencer:
    return FERInferencer(*clex)


def scores(results):
    return np.stack([result['scores'] for result in results])


class TestScores:
    def test_as_the_test_tool(self, trained, faces, tmp_path, monkeypatch):
        config, checkpoint = trained
        out = tmp_path / 'out.pkl'
        monkeypatch.setattr(
            sys,
            'argv',
            [str(a) for a in ('test.py', config, checkpoint, '--out', out, '--work-dir', tmp_path)],
        )
        runpy.run_path(str(ROOT / 'tools/test.py'), run_name='__main__')
        with open(out, 'rb') as file:
            tested = pickle.load(file)
        assert len(tested) == 9
        expected = torch.stack([item['pred_score'] for item in tested]).cpu().numpy()
        assert expected.max() > 0.5 and len(set(expected.argmax(1))) > 2

        results = inference(
            config, [item['img_path'] for item in tested], pretrained=checkpoint, batch_size=64
        )
        assert scores(results).shape == (9, 7) and scores(results).dtype == np.float32
        np.testing.assert_allclose(scores(results), expected, atol=1e-6, rtol=0)
        for result, item in zip(results, tested):
            label = item['pred_label'].item()
            assert result['path'] == item['img_path'] and result['label'] == label
            assert result['name'] == CLASSES[label]
            assert result['score'] == result['scores'][label]

    def test_batch_size_does_not_matter(self, infer, faces):
        whole = scores(infer(files(faces), batch_size=9))
        for batch_size in (1, 4):
            np.testing.assert_allclose(
                scores(infer(files(faces), batch_size=batch_size)), whole, atol=1e-5, rtol=0
            )

    def test_topk(self, infer, faces):
        (result,) = infer(files(faces)[0], topk=3)
        order = np.argsort(-result['scores'])[:3]
        assert [entry['label'] for entry in result['topk']] == order.tolist()
        assert [entry['name'] for entry in result['topk']] == [CLASSES[i] for i in order]
        assert [entry['score'] for entry in result['topk']] == result['scores'][order].tolist()
        assert result['topk'][0]['name'] == result['name']
        assert len(infer(files(faces)[0], topk=99)[0]['topk']) == 7

    @pytest.mark.parametrize('wrong', [dict(topk=0), dict(batch_size=0)])
    def test_numbers_below_one(self, infer, faces, wrong):
        with pytest.raises(ValueError, match='at least 1'):
            infer(files(faces)[0], **wrong)


class TestPictures:
    def test_arrays(self, infer, faces):
        path = files(faces)[0]
        expected = infer(path)[0]['scores']
        bgr = mmcv.imread(path)
        opacity = np.zeros((*bgr.shape[:2], 1), np.uint8)
        results = infer([bgr, np.concatenate([bgr, opacity], 2)])
        assert [result['index'] for result in results] == [0, 1]
        rgb = np.ascontiguousarray(bgr[..., ::-1])
        results += infer([rgb, np.concatenate([rgb, opacity], 2)], channel_order='rgb')
        for result in results:
            np.testing.assert_allclose(result['scores'], expected, atol=1e-5, rtol=0)
        # the order counts: the test above is not for a gray face
        assert np.abs(infer(rgb)[0]['scores'] - expected).max() > 1e-3

    def test_gray(self, infer, faces, tmp_path):
        gray = mmcv.imread(files(faces)[0], 'grayscale')
        cv2.imwrite(str(tmp_path / 'gray.png'), gray)
        expected = infer(tmp_path / 'gray.png')[0]['scores']
        for array in (gray, gray[..., None]):
            np.testing.assert_allclose(infer(array)[0]['scores'], expected, atol=1e-5, rtol=0)

    @pytest.mark.parametrize(
        'array',
        [
            np.zeros((2, 8, 8, 3), np.uint8),
            np.zeros((8, 8, 2), np.uint8),
            np.zeros((8, 8, 3), np.float32),
            np.zeros((0, 8, 3), np.uint8),
        ],
        ids=lambda a: a.shape,
    )
    def test_arrays_that_are_no_image(self, infer, array):
        with pytest.raises(ValueError, match='allowed: uint8') as error:
            infer([array])
        assert str(array.shape) in str(error.value)

    def test_other_things(self, infer, tmp_path):
        with pytest.raises(TypeError, match='hold a int'):
            infer(['a.jpg', 3])
        with pytest.raises(ValueError, match='holds no images'):
            infer(tmp_path)
        with pytest.raises(ValueError, match="'gbr'"):
            infer(np.zeros((8, 8, 3), np.uint8), channel_order='gbr')
        assert infer([]) == []

    def test_folder(self, infer, faces, tmp_path):
        for name, source in zip(('b/2.png', 'a.JPG', 'b/1.png'), files(faces)):
            mmcv.imwrite(mmcv.imread(source), str(tmp_path / name))
        (tmp_path / 'b/notes.txt').write_text('no image')
        results = infer(tmp_path, batch_size=2)
        assert [result['path'] for result in results] == [
            str(tmp_path / name) for name in ('a.JPG', 'b/1.png', 'b/2.png')
        ]
        # a folder in a list, beside a file
        both = infer([files(faces)[3], tmp_path])
        np.testing.assert_allclose(scores(both[1:]), scores(results), atol=1e-5, rtol=0)

    def test_unreadable_files_do_not_end_it(self, infer, faces, tmp_path):
        bad = [tmp_path / name for name in ('empty.jpg', 'junk.jpg', 'missing.jpg')]
        bad[0].touch()
        bad[1].write_bytes(b'\xff\xd8 this is no picture')
        good = files(faces)[:3]
        mixed = [bad[0], good[0], str(bad[1]), good[1], bad[2], good[2]]
        for batch_size in (1, 32):  # batches without any image, too
            results = infer(mixed, batch_size=batch_size)
            assert [result['path'] for result in results] == [str(path) for path in mixed]
            assert ['error' in result for result in results] == [True, False] * 2 + [True, False]
            for path, result in zip(bad, results[::2]):
                assert str(path) in result['error'] and 'scores' not in result
            np.testing.assert_allclose(
                scores(results[1::2]), scores(infer(good)), atol=1e-5, rtol=0
            )

    def test_faults_of_the_pipeline_are_not_the_files(self, clex, faces):
        broken = FERInferencer(*clex)

        def fail(results):
            raise RuntimeError('a step is broken')

        broken.prepare_file.transforms.append(fail)
        with pytest.raises(RuntimeError, match='a step is broken'):
            broken(files(faces)[0])

    def test_nothing_is_printed_into_a_pipe(self, infer, faces, capfd):
        infer(files(faces), batch_size=2)
        assert capfd.readouterr() == ('', '')


class TestModel:
    def test_made_model(self, clex, infer, faces):
        config, checkpoint = clex
        model = get_model(str(config), pretrained=str(checkpoint))
        model.train()
        np.testing.assert_array_equal(
            scores(inference(model, files(faces))), scores(infer(files(faces)))
        )
        assert not model.training

    def test_name_and_config(self, faces, tmp_path):
        name = 'clex_r18_synthetic_noise30'
        torch.save(get_model(name).state_dict(), tmp_path / 'bare.pth')
        config = Config.fromfile(ROOT / f'configs/demo/{name}.py')
        for model in (name, config):
            (result,) = inference(model, files(faces)[0], pretrained=tmp_path / 'bare.pth')
            assert result['name'] in CLASSES

    def test_without_weights(self, clex):
        for model in (str(clex[0]), clex[0], Config.fromfile(clex[0])):
            with pytest.raises(ValueError, match='clex.py.*pretrained=PATH'):
                inference(model, [])

    def test_weights_of_another_model(self, clex, tmp_path):
        config, checkpoint = clex
        state = torch.load(checkpoint)['state_dict']
        for name, wrong in (
            ('other', dict(state, **{'head.fc.weight': torch.zeros(8, 64)})),
            ('backbone', {k: v for k, v in state.items() if 'head' not in k}),
        ):
            torch.save(dict(state_dict=wrong), tmp_path / f'{name}.pth')
            with pytest.raises(ValueError, match=rf'{name}\.pth does not fit .*head\.fc'):
                inference(config, [], pretrained=tmp_path / f'{name}.pth')
        # saved through a wrapper for several GPUs
        torch.save({f'module.{k}': v for k, v in state.items()}, tmp_path / 'wrapped.pth')
        assert FERInferencer(config, tmp_path / 'wrapped.pth').classes == CLASSES

    def test_model_without_config(self, clex):
        model = get_model(str(clex[0]))
        model._config = None
        with pytest.raises(ValueError, match='get_model'):
            FERInferencer(model)

    def test_face_weights_need_not_be_there(self, monkeypatch, tmp_path):
        monkeypatch.setenv('MMFER_MSCELEB', str(tmp_path / 'nowhere.pth'))
        torch.save(get_model('ce_r18_rafdb').state_dict(), tmp_path / 'epoch_1.pth')
        model = get_model('clex_r18_rafdb', pretrained=str(tmp_path / 'epoch_1.pth'))
        assert model._config.model.backbone.init_cfg.checkpoint.endswith('nowhere.pth')
        picture = np.zeros((8, 8, 3), np.uint8)
        assert inference(model, picture)[0]['scores'].sum() == pytest.approx(1)


class TestClasses:
    def test_those_of_the_checkpoint_count(self, clex, tmp_path):
        config, checkpoint = clex
        saved = torch.load(checkpoint)
        names = tuple('ABCDEFG')
        saved['meta'] = dict(dataset_meta=dict(classes=names))
        torch.save(saved, tmp_path / 'named.pth')
        assert FERInferencer(config, tmp_path / 'named.pth').classes == names
        model = get_model(str(config), pretrained=str(tmp_path / 'named.pth'))
        assert FERInferencer(model).classes == names
        given = FERInferencer(config, tmp_path / 'named.pth', classes=list('abcdefg'))
        assert given.classes == tuple('abcdefg')

    @pytest.mark.parametrize(
        'name, count',
        [
            ('ce/ce_r18_affectnet7', 7),
            ('ce/ce_r18_affectnet8', 8),
            ('clex/clex_r18_ferplus7', 7),
            ('own/clex_r18_own', 4),
        ],
    )
    def test_those_of_the_config(self, name, count):
        model = get_model(str(ROOT / f'configs/{name}.py'))
        known = model._dataset_meta.get('classes')
        classes = find_classes(model, [None, known])
        assert len(classes) == count
        if known:
            assert classes == tuple(known)[:count]
        else:
            assert classes == ('angry', 'happy', 'neutral', 'sad')

    def test_nobody_knows(self, clex):
        config, checkpoint = clex
        cfg = Config.fromfile(config)
        cfg.test_dataloader.dataset = mmengine.ConfigDict(
            type='CustomDataset', data_root='faces', pipeline=cfg.test_dataloader.dataset.pipeline
        )
        with pytest.raises(ValueError, match=r'7 classes.*classes=\[\.\.\.\]'):
            FERInferencer(cfg, checkpoint)
        with pytest.raises(ValueError, match='are 2 names; the model has 7 classes'):
            FERInferencer(*clex, classes=['one', 'two'])


def test_files_of_too_many_pixels(clex, infer, faces, tmp_path):
    one = files(faces)[0]
    cv2.imwrite(str(tmp_path / 'large.png'), np.zeros((60, 50, 3), np.uint8))
    limited = FERInferencer(infer.model, classes=infer.classes, max_pixels=2999)
    first, large = limited([one, str(tmp_path / 'large.png')])
    assert 'scores' in first and 'scores' not in large
    assert '3000 pixels, more than max_pixels=2999' in large['error']
    for limit in (3000, None):
        told = inference(infer.model, str(tmp_path / 'large.png'), classes=infer.classes,
                         max_pixels=limit)  # fmt: skip
        assert 'scores' in told[0]
    with pytest.raises(ValueError, match='max_pixels'):
        inference(infer.model, one, classes=infer.classes, max_pixels=0)
