"""Archives in the data set's folder, as downloads leave them there."""

import zipfile

import pytest

from mmfer.data_report import LEFT, unpack_found
from mmfer.utils.files import leftovers


def pack(path, *names, prefix=''):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, 'w') as file:
        for name in names:
            file.writestr(prefix + name, name)
    return path


def files_of(folder):
    files = (path for path in folder.rglob('*') if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files}


KAGGLE = ('DATASET/train/1/train_00001_aligned.jpg', 'train_labels.csv', 'test_labels.csv')


@pytest.mark.parametrize('prefix', ['', 'archive/', 'data/raf/'])
def test_a_whole_data_set(tmp_path, prefix):
    archive = pack(tmp_path / 'archive.zip', *KAGGLE, prefix=prefix)
    assert unpack_found(tmp_path, 'RAF-DB') == {str(archive): 'unpacked'}
    assert files_of(tmp_path) == {'archive.zip', *KAGGLE}
    assert unpack_found(tmp_path, 'RAF-DB') == {str(archive): LEFT}
    assert leftovers(tmp_path) == []


def test_parts_beside_each_other(tmp_path):
    names = ('FER2013Train', 'FER2013Valid', 'FER2013Test')
    archives = [pack(tmp_path / f'{n}.zip', 'fer0000000.png', prefix=f'{n}/') for n in names]
    pack(tmp_path / '._FER2013Train.zip', 'x')
    states = unpack_found(tmp_path, 'FERPlus')
    assert states == {str(archive): 'unpacked' for archive in archives}
    assert all((tmp_path / name / 'fer0000000.png').is_file() for name in names)
    assert set(unpack_found(tmp_path, 'FERPlus').values()) == {'reused'}


def test_parts_of_rafdb_and_archives_in_it(tmp_path):
    pack(tmp_path / 'EmoLabel.zip', 'list_patition_label.txt', prefix='EmoLabel/')
    pack(tmp_path / 'Image/aligned.zip', 'train_00001_aligned.jpg', prefix='aligned/')
    assert set(unpack_found(tmp_path, 'RAF-DB').values()) == {'unpacked'}
    assert (tmp_path / 'Image/aligned/train_00001_aligned.jpg').is_file()
    assert (tmp_path / 'EmoLabel/list_patition_label.txt').is_file()


def test_given_archives_are_not_unpacked_again(tmp_path):
    archive = pack(tmp_path / 'FER2013Train.zip', 'a.png')
    assert unpack_found(tmp_path, 'FERPlus', [archive]) == {}


def test_something_else(tmp_path):
    archive = pack(tmp_path / 'holiday.zip', 'a/b.jpg', 'c.txt')
    with pytest.raises(
        ValueError, match=r"holiday.zip holds \['a', 'c.txt'\] and no layout of RAF"
    ):
        unpack_found(tmp_path, 'RAF-DB')
    assert files_of(tmp_path) == {archive.name} and leftovers(tmp_path) == []


def test_nothing_is_written_over(tmp_path):
    archive = pack(tmp_path / 'archive.zip', *KAGGLE)
    (tmp_path / 'train_labels.csv').write_text('mine')
    with pytest.raises(ValueError, match=r"holds \['train_labels.csv'\], which .* has already"):
        unpack_found(tmp_path, 'RAF-DB')
    assert files_of(tmp_path) == {archive.name, 'train_labels.csv'}


def test_no_folder_and_no_archive(tmp_path):
    assert unpack_found(tmp_path / 'nothing', 'RAF-DB') == unpack_found(tmp_path, 'FERPlus') == {}


@pytest.mark.parametrize('wrapped', ['', 'data/'])
def test_splits_that_come_apart(tmp_path, wrapped):
    """Each is unpacked, whichever is first; what is there stays, and so does what is no part."""
    archives = [
        pack(tmp_path / f'{name}.zip', '0_exp.npy', prefix=f'{wrapped}{name}/annotations/')
        for name in ('train_set', 'val_set')
    ]
    states = unpack_found(tmp_path, 'AffectNet')
    assert states == {str(archive): 'unpacked' for archive in archives}
    assert set(unpack_found(tmp_path, 'AffectNet').values()) == {LEFT}
    (tmp_path / 'val_set').rename(tmp_path / 'elsewhere')
    archives[1].unlink()
    assert set(unpack_found(tmp_path, 'AffectNet').values()) == {'reused'}
    archives[0].rename(tmp_path / 'mine.zip')
    assert set(unpack_found(tmp_path, 'AffectNet').values()) == {'reused'}
    other = pack(tmp_path / 'mine.zip', 'notes.txt')
    states = unpack_found(tmp_path, 'AffectNet')
    assert states[str(other)].startswith("left packed, for it holds ['notes.txt'] and no layout")
