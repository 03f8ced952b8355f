"""Classes by the names of folders, in any spelling; what would be a guess is refused."""

import pytest

from mmfer.lists.class_folders import classes_by_folders, folders_of_splits, number_folders

CLASSES = ('happy', 'sad', 'angry')


@pytest.fixture
def make(tmp_path):
    """Makes folders; returns the root."""

    def run(*names):
        for name in names:
            (tmp_path / name).mkdir(parents=True)
        return str(tmp_path)

    return run


@pytest.mark.parametrize(
    'names, found',
    [
        (['sad', 'Happy', 'ANGRY'], dict(ANGRY=2, Happy=0, sad=1)),
        (['sadness', 'joy', '.cache', '__MACOSX'], dict(joy=0, sadness=1)),
        (['1', '2', '3'], {'1': 0, '2': 1, '3': 2}),
        (['0', '2'], {'0': 0, '2': 2}),
        (['3'], {'3': 2}),
        ([], {}),
    ],
)
def test_folders_are_classes(make, names, found):
    assert number_folders(make(*names), CLASSES, None, ()) == found


@pytest.mark.parametrize(
    'names, named',
    [
        (['happy', 'glad'], r"the folders .'glad'. in .* are no classes; allowed: .'happy'"),
        (['happy', '1'], r"the folders .'1'. in .* are no classes"),
        (['1', '2'], 'ids of 3 classes; neither 0 and 3'),
        (['0', '3'], 'ids of 3 classes; both 0 and 3 are there.*give id_base'),
        (['0', '4'], r"the folders .'4'. in"),
        (['1', '01', '3'], "the folders '01' and '1' in .* both are the class 'happy'"),
        (['sad', 'SAD'], "'SAD' and 'sad' in .* both are the class 'sad'"),
        (['sad', 'sadness'], "'sad' and 'sadness'"),
    ],
)
def test_folders_that_are_not(make, names, named):
    with pytest.raises(ValueError, match=named):
        number_folders(make(*names), CLASSES, None, ())


def test_ids_count_alike_in_all_splits(make):
    root = make('train/1', 'train/3', 'test/1', 'test/2')
    roots = folders_of_splits(root, 'test', None)
    assert roots == [f'{root}/train', f'{root}/test']
    assert number_folders(f'{root}/test', CLASSES, None, roots) == {'1': 0, '2': 1}
    assert number_folders(f'{root}/test', CLASSES, 1, ()) == {'1': 0, '2': 1}
    with pytest.raises(ValueError, match='neither 0 and 3 are there'):
        number_folders(f'{root}/test', CLASSES, None, ())
    with pytest.raises(ValueError, match="id_base='1'"):
        number_folders(f'{root}/test', CLASSES, '1', ())


def test_where_class_folders_lie(make):
    root = make('TEST', 'Validation', 'training', 'other')
    names = [path[len(root) + 1 :] for path in folders_of_splits(root, 'valid', None)]
    assert names == ['training', 'Validation', 'TEST']
    assert folders_of_splits(root, 'all', None) == [root]
    assert folders_of_splits(root, 'train', 'faces') == [f'{root}/faces']
    assert folders_of_splits(f'{root}/none', 'train', None) == []


def test_classes_where_nobody_names_them(make):
    root = make('train/sad', 'train/Happy', 'valid/happy', 'valid/10', 'test/9', 'test/.cache')
    roots = folders_of_splits(root, 'train', None)
    assert classes_by_folders(roots) == ('9', '10', 'Happy', 'sad')
    with pytest.raises(ValueError, match="'test', 'train', 'valid'.* called as splits are"):
        classes_by_folders([root])
    with pytest.raises(ValueError, match="one class folder alone, '9'"):
        classes_by_folders([f'{root}/test'])
    for roots in ([], [f'{root}/none']):
        with pytest.raises(FileNotFoundError, match='no class folders in'):
            classes_by_folders(roots)
