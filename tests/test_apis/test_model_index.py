"""Our configs by name, in the host's own functions."""

import runpy
from pathlib import Path

import mmpretrain
import numpy as np
import pytest
import torch
import yaml
from mmpretrain import FeatureExtractor, ImageClassificationInferencer, get_model, list_models
from mmpretrain.apis.model import ModelHub
from modelindex.load_model_index import load

import mmfer.apis
from mmfer.apis import model_index

ROOT = Path(__file__).parents[2]
LISTED = sorted(
    path
    for folder in (
        'ce',
        'clex',
        'coteaching',
        'demo',
        'eac',
        'elr',
        'gce',
        'pll',
        'pretrain',
        'sce',
    )
    for path in (ROOT / 'configs' / folder).glob('*.py')
)
# pre-training: nothing is classified, nothing tested
UNTESTED = {
    path.stem
    for path in LISTED
    if path.parent.name == 'pretrain' or path.stem.startswith('maskfeat')
}
NAME = 'clex_r18_synthetic_noise30'


@pytest.fixture(scope='module')
def make_metafiles():
    """The globals of the tool."""
    return runpy.run_path(str(ROOT / 'tools/dev/make_metafiles.py'))


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Weights of the small network that `NAME` is, saved by the baseline."""
    path = tmp_path_factory.mktemp('weights') / 'epoch_1.pth'
    torch.manual_seed(0)
    torch.save(
        dict(
            state_dict=get_model('ce_r18_synthetic_noise30').state_dict(),
            meta=dict(dataset_meta=dict(classes=tuple('ABCDEFG'))),
        ),
        path,
    )
    return str(path)


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


class TestFiles:
    def test_current(self, make_metafiles):
        out_of_date = make_metafiles['stale'](make_metafiles['make']())
        assert not out_of_date, (
            f'{out_of_date} do not say what the configs do: run tools/dev/make_metafiles.py'
        )

    def test_a_difference_is_seen(self, make_metafiles, tmp_path, monkeypatch):
        stale = make_metafiles['stale']
        monkeypatch.setitem(stale.__globals__, 'ROOT', tmp_path)
        (tmp_path / 'configs/old').mkdir(parents=True)
        (tmp_path / 'configs/old/metafile.yml').write_text('Models: []\n')
        (tmp_path / 'same.yml').write_text('a: 1\n')
        (tmp_path / 'other.yml').write_text('a: 1\n')
        files = {
            Path(name): text
            for name, text in (
                ('same.yml', 'a: 1\n'),
                ('other.yml', 'a: 2\n'),
                ('new.yml', 'a: 3\n'),
            )
        }
        assert stale(files) == ['other.yml', 'new.yml', 'configs/old/metafile.yml']

    def test_a_folder_that_the_tool_does_not_know(self, make_metafiles, tmp_path, monkeypatch):
        methods = make_metafiles['methods']
        monkeypatch.setitem(methods.__globals__, 'ROOT', tmp_path)
        (tmp_path / 'configs/newest').mkdir(parents=True)
        assert methods() == []
        (tmp_path / 'configs/newest/a.py').touch()
        with pytest.raises(ValueError, match='configs/newest has no entry in COLLECTIONS'):
            methods()

    def test_parses_without_complaint(self):
        index = load(str(ROOT / 'model-index.yml'))
        index.check(silent=True)
        assert not index.check_errors
        assert [model.name for model in index.models] == [path.stem for path in LISTED]
        collections = {collection.name for collection in index.collections}
        for model in index.models:
            assert model.in_collection in collections
            assert (ROOT / model.config).is_file() and Path(model.config).stem == model.name
            assert model.metadata.flops > 0 and model.metadata.parameters > 0
            assert model.weights is None
            if model.name in UNTESTED:
                assert model.results is None
                continue
            # mim and mmpretrain ask for the task; no accuracy of ours is known
            (result,) = model.results
            assert result.task == 'Image Classification' and result.metrics == {}
        for collection in index.collections:
            assert (ROOT / collection.readme).is_file()

    def test_numbers(self):
        """mmpretrain's metafile has 1.82 G and, with 1 000 classes, 11.69 M for ResNet-18."""
        with open(ROOT / 'configs/clex/metafile.yml', encoding='utf-8') as file:
            models = {model['Name']: model['Metadata'] for model in yaml.safe_load(file)['Models']}
        rafdb, ferplus = models['clex_r18_rafdb'], models['clex_r18_ferplus8']
        assert rafdb['Parameters'] == 11_176_512 + 513 * 7
        assert ferplus['Parameters'] == 11_176_512 + 513 * 8
        assert rafdb['FLOPs'] == pytest.approx(1.82e9, rel=2e-3)
        small = models['clex_mobilefacenet_rafdb']
        assert small['FLOPs'] < rafdb['FLOPs'] / 4 and small['Parameters'] < 1_000_000


class TestHub:
    def test_list(self):
        ours = [path.stem for path in LISTED]
        assert list_models('clex*') == sorted(n for n in ours if n.startswith('clex'))
        assert set(ours) & set(list_models(task='Image Classification')) == set(ours) - UNTESTED
        assert 'resnet18_8xb32_in1k' in list_models()

    def test_twice_does_no_harm(self):
        before = dict(ModelHub._models_dict)
        mmfer.apis.register_model_index()
        assert ModelHub._models_dict == before

    def test_every_config_is_found(self):
        for path in LISTED:
            assert Path(ModelHub._models_dict[path.stem].config).samefile(path)

    @pytest.mark.parametrize('gone', ['model-index.yml', 'configs'])
    def test_links_that_are_text(self, gone, tmp_path, monkeypatch):
        """A checkout without symbolic links."""
        (tmp_path / 'model-index.yml').write_text('../../model-index.yml')
        (tmp_path / 'configs').write_text('../../configs')
        if gone == 'model-index.yml':
            (tmp_path / gone).unlink()
        monkeypatch.setattr(model_index, 'MIM', tmp_path)
        with pytest.raises(FileNotFoundError, match='core.symlinks'):
            model_index.register_model_index.__wrapped__()

    def test_a_dead_name_tells_the_new_one(self):
        for name in ('clex_r18_ferplus', 'clex_r18_rafdb_noise30_row-a'):
            with pytest.raises(ValueError, match=f'{name} is now configs/clex/'):
                get_model(name)
        with pytest.raises(ValueError, match='Failed to find model "never"') as told:
            get_model('never')
        assert 'is now' not in str(told.value)

    def test_get_model(self):
        model = get_model('clex_r18_rafdb_noise30', head=dict(gamma=0.25))
        assert type(model).__name__ == 'MultiViewClassifier'
        assert model.head.exchanged == 1 and not model.training
        assert model(torch.zeros(2, 3, 224, 224)).shape == (2, 7)

    def test_get_model_with_weights(self, checkpoint):
        config = ROOT / f'configs/demo/{NAME}.py'
        weights = torch.load(checkpoint)['state_dict']
        for model in (NAME, str(config), config):
            made = get_model(model, pretrained=checkpoint)
            assert made._dataset_meta['classes'] == tuple('ABCDEFG')
            for name, value in made.state_dict().items():
                assert torch.equal(value, weights[name])

    def test_inferencers(self, checkpoint, picture):
        by_name = ImageClassificationInferencer(NAME, pretrained=checkpoint)(picture)[0]
        config = str(ROOT / f'configs/demo/{NAME}.py')
        by_config = ImageClassificationInferencer(config, pretrained=checkpoint)(picture)[0]
        np.testing.assert_array_equal(by_name['pred_scores'], by_config['pred_scores'])
        assert by_name['pred_class'] == 'ABCDEFG'[by_name['pred_label']]
        (ours,) = mmfer.apis.inference(NAME, picture, pretrained=checkpoint)
        np.testing.assert_allclose(ours['scores'], by_name['pred_scores'], atol=1e-6)
        # by the task in the index
        model = get_model(NAME, pretrained=checkpoint)
        assert mmpretrain.inference_model(model, picture)['pred_class'] == by_name['pred_class']
        result = mmpretrain.inference_model(NAME, picture, pretrained=checkpoint)
        assert result['pred_class'] == by_name['pred_class']

    def test_features(self, checkpoint, picture):
        extract = FeatureExtractor(NAME, pretrained=checkpoint)
        (feature,) = extract(picture, stage='neck')[0]
        (scores,) = mmfer.apis.inference(extract.model, picture)
        logits = extract.model.head.fc(feature)
        np.testing.assert_allclose(logits.softmax(0).detach().numpy(), scores['scores'], atol=1e-6)
