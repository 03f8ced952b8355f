"""Images of a list that are not there are refused, or left out, told and listed; never in tests."""

import os
from pathlib import Path

import numpy as np
import pytest

from mmfer.datasets import RAFDB, AffectNet, FERFolder, FERPlus, UnlabelledFER
from mmfer.datasets.missing_images import find_missing, leave_out


@pytest.fixture
def own_root(tmp_path, make_image):
    rows = ['path,label,split']
    for i, split in enumerate(['train'] * 9 + ['valid'] * 3):
        make_image(tmp_path / f'faces/{i}.png', 30 * i)
        rows.append(f'faces/{i}.png,{"happy" if i % 3 else "sad"},{split}')
    (tmp_path / 'labels.csv').write_text('\n'.join(rows))
    return tmp_path


# A fixture of a layout, its reader, and settings of it.
READERS = {
    'own table': ('own_root', FERFolder, dict(ann_file='labels.csv', classes=('happy', 'sad'))),
    'RAF-DB': ('rafdb_root', RAFDB, {}),
    'FERPlus': ('ferplus_root', FERPlus, {}),
    'AffectNet': ('affectnet_root', AffectNet, {}),
    'newer AffectNet': ('new_affectnet_root', AffectNet, {}),
}


@pytest.fixture(params=READERS)
def reader(request):
    """A function that builds a reader of a real layout, with settings."""
    fixture, kind, given = READERS[request.param]
    root = request.getfixturevalue(fixture)
    return lambda **more: kind(str(root), **given, **more)


def column(data, key='gt_label'):
    return [data.get_data_info(i)[key] for i in range(len(data))]


def test_the_default_refuses_and_tells_the_way_out(reader):
    whole = reader()
    assert whole.missing == []
    Path(column(whole, 'img_path')[1]).unlink()
    named = rf"1 of {len(whole)} images .* are missing.*or train without them: on_missing='skip'"
    with pytest.raises(FileNotFoundError, match=named):
        reader()
    with pytest.raises(ValueError, match="on_missing='drop' is unknown; allowed: .'raise', 'skip'"):
        reader(on_missing='drop')


def test_what_is_there_is_trained_on_and_the_rest_told(reader, told):
    whole = reader()
    paths, labels = column(whole, 'img_path'), column(whole)
    assert reader(on_missing='skip').fingerprint == whole.fingerprint
    assert not any('WARNING' in line for line in told)
    Path(paths[1]).unlink()
    data = reader(on_missing='skip')
    assert data.missing == paths[1:2]
    assert column(data, 'img_path') == paths[:1] + paths[2:]
    assert column(data) == labels[:1] + labels[2:]
    assert data.counts['missing image'] == 1 and data.counts['kept'] == len(whole) - 1
    (line,) = [line for line in told if line.startswith('WARNING')]
    assert f'1 of {len(whole)} images ({100 / len(whole):.2f} %) are missing and left out' in line
    assert paths[1] in line
    assert any("'missing image': 1" in line and line.startswith('INFO') for line in told)
    for path in [paths[0], *paths[2:]]:
        Path(path).unlink()
    with pytest.raises(FileNotFoundError, match=f'all {len(whole)} images .*are data_root and'):
        reader(on_missing='skip')


def test_tests_are_never_skipped(reader):
    splits = [split for split in reader().SPLITS if split not in reader().TRAIN_SPLITS]
    assert splits
    for split in splits:
        with pytest.raises(ValueError, match="on_missing='skip' on split '.*what is tested on"):
            reader(split=split, on_missing='skip')
    data = reader(split=splits[0], test_mode=True)
    Path(column(data, 'img_path')[0]).unlink()
    with pytest.raises(FileNotFoundError, match='are missing.*take their rows out of the list'):
        reader(split=splits[0], test_mode=True)
    # the fold of a training set that is tested on has the same images
    assert len(reader(on_missing='skip', test_mode=True)) == len(reader(on_missing='skip'))


def test_a_class_of_which_nothing_is_left(own_root, told):
    for i in (0, 3, 6):
        (own_root / f'faces/{i}.png').unlink()
    _, kind, given = READERS['own table']
    data = kind(str(own_root), on_missing='skip', **given)
    assert column(data) == [0] * 6
    assert any("no image is left of the classes ['sad']" in line for line in told)


def test_noise_and_indices(rafdb_root):
    """Indices count in the list; noise is of what is trained on."""
    for i in (2, 9):
        (rafdb_root / f'Image/aligned/train_{i:05d}_aligned.jpg').unlink()

    def build(**given):
        return RAFDB(str(rafdb_root), on_missing='skip', **given)

    assert column(build(indices=[0, 1, 2])) == [0, 2]
    noisy = build(noise=dict(kind='symmetric', rate=0.5))
    assert len(noisy) == 12
    assert np.sum(np.array(column(noisy)) != column(noisy, 'clean_label')) == 6
    # a file of all images
    rows = [f'train_{i + 1:05d}.jpg {(i + 1) % 7 + 1}' for i in range(14)]
    (rafdb_root / 'noise.txt').write_text('\n'.join(rows))
    given = dict(kind='file', path='noise.txt', expect_rate=None)
    moved = build(noise=given)
    assert column(moved) == [(label + 1) % 7 for label in column(moved, 'clean_label')]


def test_the_joint_list_of_pretraining(rafdb_root, told):
    gone = rafdb_root / 'Image/aligned/train_00002_aligned.jpg'
    gone.unlink()
    part = dict(type='RAFDB', data_root=str(rafdb_root))
    with pytest.raises(FileNotFoundError, match='1 of 14 images'):
        UnlabelledFER([part], copies='ignore')
    for given in (
        dict(datasets=[part], on_missing='skip'),
        dict(datasets=[dict(part, on_missing='skip')]),
    ):
        data = UnlabelledFER(copies='ignore', **given)
        assert len(data) == 13 and data.parts[0].missing == [str(gone)]
    assert not any('not read, so that it could not be checked' in line for line in told)


def test_what_is_no_file(tmp_path, make_image):
    make_image(tmp_path / 'a/0.png')
    os.mkfifo(tmp_path / 'a/pipe.png')
    (tmp_path / 'a/folder.png').mkdir()
    (tmp_path / 'a/link.png').symlink_to(tmp_path / 'a/0.png')
    (tmp_path / 'a/dead.png').symlink_to(tmp_path / 'nothing')
    names = ('a/0.png', 'a/pipe.png', 'a/folder.png', 'a/link.png', 'a/dead.png', 'b/0.png')
    found = find_missing([str(tmp_path / name) for name in names])
    assert found == [str(tmp_path / names[i]) for i in (1, 2, 5)]


def test_nothing_is_left_out_without_a_word(told):
    records = [dict(img_path='a', gt_label=0), dict(img_path='b', gt_label=1)]
    assert leave_out('x', records, [], ('p', 'q')) == records and told == []
    assert leave_out('x', records, ['b'], ('p', 'q')) == records[:1] and len(told) == 1
