"""Variables of a config that are bound late."""

import copy

import pytest
from mmengine.config import Config

from mmfer.compat.knobs import bind, knobs_in

BASE = """
image_size = 224
resize = dict(type='Resize', scale='$image_size')
crop = dict(type='RandomResizedCrop', scale='$image_size')
small_pipeline = [dict(type='Load'), resize]
large_pipeline = [dict(type='Load'), resize, [crop]]
train_pipeline = '$small_pipeline'
custom_imports = dict(imports=['mmfer.datasets'], allow_failed_imports=False)
train = dict(dataset=dict(pipeline='$train_pipeline', root='/a$b', price='$'))
test = dict(pipeline='$small_pipeline', backbone=dict(img_size='$image_size'))
"""


@pytest.fixture
def fromtext(tmp_path):
    """Returns a function: a Config of a leaf above BASE."""

    def make(leaf='', **options):
        (tmp_path / 'base.py').write_text(BASE)
        (tmp_path / 'leaf.py').write_text(f"_base_ = 'base.py'\n{leaf}")
        cfg = Config.fromfile(tmp_path / 'leaf.py')
        cfg.merge_from_dict(options)
        return cfg

    return make


def sizes(cfg):
    steps = [step for step in cfg.train.dataset.pipeline if not isinstance(step, list)]
    return [steps[-1].scale, cfg.test.pipeline[1].scale, cfg.test.backbone.img_size]


def test_a_leaf_changes_every_place(fromtext):
    assert sizes(fromtext()) == [224] * 3
    cfg = fromtext("image_size = 112\ntrain_pipeline = '$large_pipeline'")
    assert sizes(cfg) == [112] * 3 and cfg.train.dataset.pipeline[2][0].scale == 112
    # only '$name' and nothing else is a variable
    assert (cfg.train.dataset.root, cfg.train.dataset.price) == ('/a$b', '$')
    # the places do not share what they were given
    cfg.train.dataset.pipeline[1].scale = 5
    assert cfg.test.pipeline[1].scale == 112


def test_options_change_every_place_and_keep_other_changes(fromtext):
    cfg = fromtext()
    cfg.test.pipeline[0].type = 'Other'
    cfg.train.dataset.root = '/c'
    cfg.merge_from_dict({'image_size': 64, 'train.dataset.price': 3})
    assert sizes(cfg) == [64] * 3 and cfg.image_size == 64
    assert (cfg.test.pipeline[0].type, cfg.train.dataset.root, cfg.train.dataset.price) == (
        'Other',
        '/c',
        3,
    )
    cfg.merge_from_dict({'train_pipeline': '$large_pipeline'})
    assert sizes(cfg) == [64] * 3 and len(cfg.train.dataset.pipeline) == 3
    cfg.merge_from_dict({'image_size': (48, 32)})
    assert cfg.train.dataset.pipeline[2][0].scale == (48, 32)


def test_the_same_place_set_twice(fromtext):
    cfg = fromtext()
    cfg.test.pipeline[1].scale = 96
    with pytest.raises(ValueError, match='96.*would now be 64'):
        cfg.merge_from_dict({'image_size': 64})

    assert cfg.image_size == 224 and cfg.test.backbone.img_size == 224  # or nothing at all


def test_another_pipeline_of_the_same_length(fromtext):
    """A step of other arguments is another step, not a mixture of the two."""
    leaf = "flip_pipeline = [dict(type='Load'), dict(type='Flip', prob=.5)]"
    cfg = fromtext(leaf, train_pipeline='$flip_pipeline')
    assert cfg.train.dataset.pipeline == [dict(type='Load'), dict(type='Flip', prob=0.5)]
    assert cfg.test.pipeline[1] == dict(type='Resize', scale=224)


def test_options_of_parts_of_a_variable(fromtext):
    cfg = fromtext(**{'train_pipeline.1.scale': 96})
    assert sizes(cfg) == [96, 224, 224]
    cfg.merge_from_dict({'image_size': 64})
    assert sizes(cfg) == [96, 64, 64]
    # of what is chosen by the same options, and of all that take it
    cfg = fromtext(
        **{
            'large_pipeline.2.0.scale': 32,
            'train_pipeline': '$large_pipeline',
            'small_pipeline.1.scale': 96,
        }
    )
    assert sizes(cfg) == [224, 96, 224] and cfg.train.dataset.pipeline[2][0].scale == 32


@pytest.mark.parametrize('words', ['', 'small_pipeline'])
def test_a_pipeline_that_lost_its_dollar(fromtext, words):
    """'train_pipeline=$small_pipeline' without quotes is '' to the shell."""
    with pytest.raises(ValueError, match=f"train_pipeline='{words}' is no pipeline.*single quotes"):
        fromtext(train_pipeline=words)


def test_steps_are_variables_and_options_open_them(tmp_path):
    def erasing(cfg):
        return [view[-1].erase_prob for view in cfg.train_dataloader.dataset.pipeline[3].views]

    ours = "_base_ = 'mmfer::clex/clex_r18_rafdb.py'\n"
    (tmp_path / 'leaf.py').write_text(ours + 'random_erasing = dict(erase_prob=.25)')
    cfg = Config.fromfile(tmp_path / 'leaf.py')
    assert erasing(cfg) == [0.25, 0.25]
    cfg.merge_from_dict({'random_erasing.erase_prob': 0.1})
    assert erasing(cfg) == [0.1, 0.1]
    cfg.merge_from_dict(
        {
            'train_pipeline.3.views.1.1.erase_prob': 0.9,
            'train_pipeline.2.scale': 96,
            'train_pipeline.1': dict(type='Other'),
        }
    )
    assert erasing(cfg) == [0.1, 0.9]
    _, other, resize, *_ = cfg.train_dataloader.dataset.pipeline
    assert (other.type, resize.scale) == ('Other', 96)
    assert cfg.val_dataloader.dataset.pipeline[1:3] == [
        dict(type='CropFaceBox'),
        dict(type='Resize', scale=224),
    ]


def test_other_options_may_ask_for_variables(fromtext):
    cfg = fromtext(**{'test.pipeline': '$large_pipeline', 'test.backbone.depth': '$image_size'})
    assert cfg.test.pipeline[2][0].scale == 224 and cfg.test.backbone.depth == 224
    with pytest.raises(KeyError, match='no base or leaf defines lage'):
        fromtext(**{'test.pipeline': '$lage'})
    with pytest.raises(ValueError, match='circle'):
        fromtext(**{'train_pipeline': '$small_pipeline', 'small_pipeline': '$train_pipeline'})


def test_what_a_leaf_took_already(fromtext):
    cfg = fromtext('method = dict(head=dict(p=3))\nmodel = dict(method)')
    with pytest.raises(ValueError, match='would change nothing.*set model.head.p'):
        cfg.merge_from_dict({'method.head.p': 2})


@pytest.mark.parametrize(
    'bases, model',
    [
        ("'mmfer::clex/clex_r18_rafdb.py'", ''),
        (
            str(
                [
                    f'mmfer::_base_/{name}.py'
                    for name in (
                        'datasets/rafdb',
                        'backbones/r18',
                        'methods/clex',
                        'default_runtime',
                    )
                ]
            ),
            'model = _base_.method',
        ),
    ],
)
def test_a_method_that_would_change_nothing(bases, model, tmp_path):
    leaf = tmp_path / 'leaf.py'
    leaf.write_text(f'_base_ = {bases}\nmethod = dict(head=dict(gamma=.1))\n{model}')
    with pytest.raises(
        ValueError,
        match='leaf.py sets method.head.gamma=0.1, .* has 0.5; set model.head.gamma instead',
    ):
        Config.fromfile(leaf)
    leaf.write_text(f'_base_ = {bases}\n{model or "model = dict(head=dict(gamma=.1))"}')
    cfg = Config.fromfile(leaf)
    cfg.model.head.gamma = 0.2
    cfg.dump(tmp_path / 'written.py')
    assert Config.fromfile(tmp_path / 'written.py').model.head.gamma == 0.2


def test_copies_remember_and_stay_apart(fromtext):
    first = fromtext('image_size = 112')
    for cfg in (copy.deepcopy(first), copy.copy(first)):
        cfg.merge_from_dict({'image_size': 64})
        assert sizes(cfg) == [64] * 3 and sizes(first) == [112] * 3


def test_what_is_written_holds_values(fromtext, tmp_path):
    cfg = fromtext('image_size = 112')
    cfg.dump(tmp_path / 'dumped.py')
    assert '$' not in (tmp_path / 'dumped.py').read_text().replace('/a$b', '').replace("'$'", '')
    again = Config.fromfile(tmp_path / 'dumped.py')
    assert sizes(again) == [112] * 3
    with pytest.raises(ValueError, match='image_size=64 would change nothing.*holds the values'):
        again.merge_from_dict({'image_size': 64})
    again.merge_from_dict({'test.backbone.img_size': 64})


def test_others_are_left_alone():
    given = dict(image_size=3, a=['x', ('y',)])
    cfg = Config(given)
    assert '_knobs' not in cfg.__dict__ and cfg.to_dict() == given
    cfg.merge_from_dict({'image_size': 4})
    assert cfg.image_size == 4


@pytest.mark.parametrize(
    'leaf, error, named',
    [
        ("train_pipeline = '$lage_pipeline'", KeyError, 'lage_pipeline.*its variables are.*large'),
        (
            "small_pipeline = '$train_pipeline'",
            ValueError,
            'train_pipeline -> small_pipeline -> train',
        ),
    ],
)
def test_variables_that_lead_nowhere(fromtext, leaf, error, named):
    with pytest.raises(error, match=named):
        fromtext(leaf)


def test_parts():
    assert knobs_in(['$a', dict(b=('$c', 'd$e'))]) == {'a', 'c'}
    assert bind(['$a', ('$b',)], dict(a=1, b='$a')) == [1, (1,)]
