"""Archives that are good, and archives that want something else."""

import io
import struct
import tarfile
import zipfile
import zlib

import pytest

from mmfer.data_report import Limits, unpack, unpack_ferplus, unpack_rafdb
from mmfer.utils.files import leftovers


def make_zip(path, members, **options):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content, **options)
    return path


def make_tar(path, members, mode='w:gz'):
    """Members: (name, content), or (TarInfo, None)."""
    with tarfile.open(path, mode) as file:
        for name, content in members:
            if content is None:
                file.addfile(name)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return path


def tar_entry(name, kind, link=''):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, None


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob('*')
        if path.is_file()
    }


def assert_refused(archive, tmp_path, message, **options):
    """Nothing is written anywhere; the error names the archive."""
    before = files_of(tmp_path)
    with pytest.raises(ValueError, match=message) as error:
        unpack(archive, tmp_path / 'data' / 'target', **options)
    assert str(archive) in str(error.value)
    assert files_of(tmp_path) == before
    assert not (tmp_path / 'data' / 'target').exists()
    assert leftovers(tmp_path / 'data' / 'target') == []


MEMBERS = [('a/x.png', b'x' * 3000), ('a/b/y.png', b'y'), ('label.csv', b'')]


@pytest.mark.parametrize(
    'make, ending',
    [
        (make_zip, '.zip'),
        (make_tar, '.tar.gz'),
        (make_tar, '.tgz'),
        (lambda path, members: make_tar(path, members, 'w'), '.tar'),
    ],
)
def test_content_and_second_run(tmp_path, make, ending):
    archive = make(tmp_path / f'some{ending}', MEMBERS)
    target = tmp_path / 'data' / 'target'
    calls = []
    assert unpack(archive, target, progress=lambda *call: calls.append(call)) == 'unpacked'
    assert files_of(target) == dict(MEMBERS)
    assert [path.name for path in target.parent.iterdir()] == ['target']
    assert all(0 < done <= archive.stat().st_size == total for done, total in calls)
    assert target.stat().st_mode & 0o077 == target.parent.stat().st_mode & 0o077
    (target / 'label.csv').write_text('changed by its owner')
    assert unpack(archive, target) == 'reused'
    assert (target / 'label.csv').read_text() == 'changed by its owner'


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / 'target').mkdir()
    assert unpack(make_zip(tmp_path / 'a.zip', MEMBERS), tmp_path / 'target') == 'unpacked'
    assert files_of(tmp_path / 'target') == dict(MEMBERS)


@pytest.mark.parametrize(
    'name, message',
    [
        ('../out.txt', 'outside'),
        ('a/../../out.txt', 'outside'),
        ('a/..', 'outside'),
        ('/tmp/out.txt', 'absolute'),
        ('\\\\server\\out.txt', 'absolute'),
        ('..\\out.txt', 'outside'),
        ('C:/out.txt', 'drive letter'),
        ('C:out.txt', 'drive letter'),
        ('a/b:stream', 'colon'),
        ('a/\x07', 'control character'),
    ],
)
def test_names_that_lead_elsewhere(tmp_path, name, message):
    for make, ending in ((make_zip, '.zip'), (make_tar, '.tar.gz')):
        archive = make(tmp_path / f'slip{ending}', [('good.txt', b'good'), (name, b'bad')])
        assert_refused(archive, tmp_path, message)


@pytest.mark.parametrize(
    'entry',
    [
        tar_entry('link', tarfile.SYMTYPE, '/etc'),
        tar_entry('link', tarfile.LNKTYPE, 'good.txt'),
        tar_entry('pipe', tarfile.FIFOTYPE),
        tar_entry('disk', tarfile.BLKTYPE),
    ],
    ids=['symlink', 'hard link', 'fifo', 'device'],
)
def test_links_and_devices_in_tar(tmp_path, entry):
    archive = make_tar(
        tmp_path / 'a.tar.gz', [('good.txt', b'good'), entry, ('link/out.txt', b'through the link')]
    )
    assert_refused(archive, tmp_path, 'link or a device')


def test_symlink_in_zip(tmp_path):
    info = zipfile.ZipInfo('link')
    info.create_system, info.external_attr = 3, 0o120777 << 16
    archive = make_zip(tmp_path / 'a.zip', [(info, '/etc'), ('link/out.txt', b'x')])
    assert_refused(archive, tmp_path, 'link or a device')


@pytest.mark.parametrize(
    'names',
    [
        ('a.png', 'A.PNG'),
        ('a/b', 'a'),
        ('a', 'a/b'),
        ('dir/x', 'Dir/y'),
        ('e\u0301.png', '\u00e9.png'),
    ],
)
def test_names_that_meet(tmp_path, names):
    archive = make_tar(tmp_path / 'a.tar', [(name, b'x') for name in names], 'w')
    assert_refused(archive, tmp_path, 'case|as a file')


def test_limits(tmp_path):
    archive = make_zip(tmp_path / 'a.zip', [('a', b'x' * 6000), ('b', b'x' * 6000)])
    assert_refused(
        archive,
        tmp_path,
        r"'b'.*beyond 9000 bytes \(max_bytes\)",
        limits=Limits(max_bytes=9000),
    )
    assert_refused(
        archive,
        tmp_path,
        r"'a'.* 5000 bytes \(max_member_bytes\)",
        limits=Limits(max_member_bytes=5000),
    )
    assert_refused(
        archive, tmp_path, r"'b'.*more than 1 members \(max_files\)", limits=Limits(max_files=1)
    )
    tarred = make_tar(tmp_path / 'a.tar.gz', [('a', b'x' * 6000), ('b', b'x' * 6000)])
    assert_refused(
        tarred, tmp_path, r"'b'.*beyond 9000 bytes \(max_bytes\)", limits=Limits(max_bytes=9000)
    )
    assert unpack(archive, tmp_path / 'target', limits=Limits(12000, 6000, 2)) == 'unpacked'


@pytest.mark.parametrize('make, ending', [(make_zip, '.zip'), (make_tar, '.tar.gz')])
def test_bomb(tmp_path, make, ending):
    """80 MiB of zeros in 80 kB: far below max_bytes, but 1000 times the archive."""
    archive = make(tmp_path / f'bomb{ending}', [('zeros', bytes(80 << 20))])
    assert archive.stat().st_size < 100_000
    assert_refused(archive, tmp_path, 'max_ratio')


def test_bomb_whose_table_lies(tmp_path):
    """The table says 10 bytes; more than that is never written."""
    archive = make_zip(tmp_path / 'liar.zip', [('zeros', bytes(5 << 20))])
    content = archive.read_bytes().replace(struct.pack('<L', 5 << 20), struct.pack('<L', 10))
    archive.write_bytes(content)
    with zipfile.ZipFile(archive) as file:
        assert file.getinfo('zeros').file_size == 10
    assert_refused(archive, tmp_path, 'damaged')
    # and with the checksum of ten bytes, ten bytes are what comes out
    true, false = (struct.pack('<L', zlib.crc32(bytes(size))) for size in (5 << 20, 10))
    archive.write_bytes(content.replace(true, false))
    unpack(archive, tmp_path / 'target')
    assert (tmp_path / 'target' / 'zeros').read_bytes() == bytes(10)


def test_limits_hold_where_the_table_lies(tmp_path):
    """What is counted is what the table says, and no more than that is written."""
    archive = make_zip(tmp_path / 'a.zip', [('a', bytes(6000)), ('b', bytes(6000))])
    content = archive.read_bytes()
    for true, false in ((6000, 10), (zlib.crc32(bytes(6000)), zlib.crc32(bytes(10)))):
        content = content.replace(struct.pack('<L', true), struct.pack('<L', false))
    archive.write_bytes(content)
    assert_refused(
        archive, tmp_path, r"'b'.*beyond 19 bytes \(max_bytes\)", limits=Limits(max_bytes=19)
    )
    unpack(archive, tmp_path / 'target', limits=Limits(max_bytes=20))
    assert files_of(tmp_path / 'target') == {'a': bytes(10), 'b': bytes(10)}


def test_separators_of_windows(tmp_path):
    archive = make_zip(tmp_path / 'a.zip', [('a\\b\\x.png', b'x'), ('./a/y.png', b'y')])
    unpack(archive, tmp_path / 'target')
    assert files_of(tmp_path / 'target') == {'a/b/x.png': b'x', 'a/y.png': b'y'}


def test_attributes_are_the_users_own(tmp_path):
    """Neither modes nor times come out of an archive."""
    info = tarfile.TarInfo('a/x.png')
    info.mode, info.mtime, info.uid = 0o4777, 1, 12345
    folder = tarfile.TarInfo('a')
    folder.type, folder.mode = tarfile.DIRTYPE, 0o700
    make_tar(tmp_path / 'a.tar', [(folder, None), (info, None)], 'w')
    unpack(tmp_path / 'a.tar', tmp_path / 'target')
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/x.png').write_bytes(b'')
    for name, like in (('target/a', 'mine'), ('target/a/x.png', 'mine/x.png')):
        found, expected = (tmp_path / name).stat(), (tmp_path / like).stat()
        assert (found.st_mode, found.st_uid) == (expected.st_mode, expected.st_uid)
        assert found.st_mtime > 1e9


def test_without_the_filters_of_newer_releases(tmp_path, monkeypatch):
    monkeypatch.delattr(tarfile, 'data_filter', raising=False)
    archive = make_tar(tmp_path / 'a.tar.gz', MEMBERS)
    unpack(archive, tmp_path / 'target')
    assert files_of(tmp_path / 'target') == dict(MEMBERS)
    archive = make_tar(tmp_path / 'b.tar.gz', [('good.txt', b'good'), ('../out.txt', b'bad')])
    assert_refused(archive, tmp_path, 'outside')


def test_damaged_and_unknown(tmp_path):
    whole = make_zip(tmp_path / 'whole.zip', MEMBERS).read_bytes()
    for name, content in (('cut.zip', whole[:-40]), ('cut.tar.gz', whole), ('empty.zip', b'')):
        (tmp_path / name).write_bytes(content)
        assert_refused(tmp_path / name, tmp_path, 'damaged')
    half = make_tar(tmp_path / 'half.tar.gz', [('a', bytes(range(256)) * 400)]).read_bytes()
    (tmp_path / 'half.tar.gz').write_bytes(half[: len(half) // 2])
    assert_refused(tmp_path / 'half.tar.gz', tmp_path, 'damaged')
    (tmp_path / 'a.rar').write_bytes(b'Rar!')
    assert_refused(tmp_path / 'a.rar', tmp_path, 'unpack it by hand')
    with pytest.raises(FileNotFoundError, match='nothing.zip'):
        unpack(tmp_path / 'nothing.zip', tmp_path / 'target')


def test_encrypted(tmp_path):
    archive = make_zip(tmp_path / 'a.zip', [('a.txt', b'secret')])
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # the local header's flag
    content[content.index(b'PK\1\2') + 8] |= 1  # the table's
    archive.write_bytes(content)
    assert_refused(archive, tmp_path, 'encrypted.*password')


def test_interrupted_run_leaves_nothing(tmp_path):
    archive = make_zip(tmp_path / 'a.zip', MEMBERS)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(archive, tmp_path / 'data' / 'target', progress=interrupt)
    assert list((tmp_path / 'data').iterdir()) == []
    assert unpack(archive, tmp_path / 'data' / 'target') == 'unpacked'


def test_litter_of_macos_is_passed_over(tmp_path):
    archive = make_zip(
        tmp_path / 'a.zip',
        [
            ('a/x.png', b'x'),
            ('__MACOSX/a/._x.png', b'?'),
            ('a/.DS_Store', b'?'),
            ('a/Thumbs.db', b'?'),
            ('a/.ipynb_checkpoints/x.png', b'?'),
        ],
    )
    unpack(archive, tmp_path / 'target')
    assert files_of(tmp_path / 'target') == {'a/x.png': b'x'}


# Layouts


def test_rafdb_with_archives_inside(tmp_path):
    images = make_zip(tmp_path / 'aligned.zip', [('aligned/train_00001_aligned.jpg', b'face')])
    whole = make_zip(
        tmp_path / 'basic.zip',
        [
            ('basic/EmoLabel/list_patition_label.txt', b'train_00001.jpg 5'),
            ('basic/Image/aligned.zip', images.read_bytes()),
            ('basic/readme.txt', b''),
        ],
    )
    root = tmp_path / 'data' / 'rafdb'
    states = unpack_rafdb(root, [whole])
    assert states == {str(whole): 'unpacked', str(root / 'Image/aligned.zip'): 'unpacked'}
    assert (root / 'Image/aligned/train_00001_aligned.jpg').read_bytes() == b'face'
    assert (root / 'EmoLabel/list_patition_label.txt').is_file()
    assert set(unpack_rafdb(root, [whole]).values()) == {'reused'}


def test_rafdb_in_parts_without_folders(tmp_path):
    images = make_zip(tmp_path / 'aligned.zip', [('train_00001_aligned.jpg', b'face')])
    labels = make_tar(tmp_path / 'EmoLabel.tar', [('EmoLabel/list_patition_label.txt', b'x')], 'w')
    unpack_rafdb(tmp_path / 'root', [images, labels])
    assert files_of(tmp_path / 'root') == {
        'Image/aligned/train_00001_aligned.jpg': b'face',
        'EmoLabel/list_patition_label.txt': b'x',
    }


def test_rafdb_of_something_else(tmp_path):
    with pytest.raises(ValueError, match=r"basic.zip holds \['a', 'label.csv'\] and none of"):
        unpack_rafdb(tmp_path / 'root', [make_zip(tmp_path / 'basic.zip', MEMBERS)])
    assert not (tmp_path / 'root').exists()


def test_ferplus_archives(tmp_path):
    train = make_zip(tmp_path / 'FER2013Train.zip', [('FER2013Train/fer0000000.png', b'0')])
    valid = make_zip(tmp_path / 'fer2013valid.zip', [('fer0000001.png', b'1')])
    assert set(unpack_ferplus(tmp_path / 'root', [train, valid]).values()) == {'unpacked'}
    assert files_of(tmp_path / 'root') == {
        'FER2013Train/fer0000000.png': b'0',
        'FER2013Valid/fer0000001.png': b'1',
    }
    with pytest.raises(ValueError, match='rename the archive'):
        unpack_ferplus(tmp_path / 'root', [make_zip(tmp_path / 'faces.zip', MEMBERS)])


@pytest.mark.parametrize('ending', ['.zip', '.tar.gz', '.tgz'])
def test_a_flipped_bit_is_seen(tmp_path, ending):
    """Also one that leaves the packed stream readable: gzip keeps its checksum at the end."""
    members = [(f'{i}.bin', bytes(range(256)) * 4) for i in range(3)]
    make = make_zip if ending == '.zip' else make_tar
    whole = make(tmp_path / f'a{ending}', members).read_bytes()
    seen = 0
    for place in range(0, len(whole), 3):
        archive = tmp_path / f'b{place}{ending}'
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        target = tmp_path / str(place)
        try:
            unpack(archive, target)
        except ValueError as error:
            seen += 1
            assert str(archive) in str(error)
        else:
            assert {k.lower(): v for k, v in files_of(target).items()}.items() <= dict(
                [
                    *members,
                    ('4.bin', members[0][1]),
                    *((f'{i}.bin', members[0][1]) for i in '01256'),
                ]
            ).items()
    assert seen > len(whole) / 6


def test_a_full_disk_is_no_damage(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / 'a.zip', [('a.txt', b'x')])

    def full(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(zipfile.ZipFile, 'extract', full)
    with pytest.raises(OSError, match='No space left'):
        unpack(archive, tmp_path / 'out')
