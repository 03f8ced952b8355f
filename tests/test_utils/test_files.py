"""Files whole or not at all."""

import errno
import os
import stat
import subprocess

import pytest

from mmfer.utils.files import (
    is_filled,
    leftovers,
    move_into_place,
    read_json,
    remove_leftovers,
    staging,
    write_json,
    write_whole,
)


@pytest.fixture
def full_disk(monkeypatch):
    """Writing fails once half of it is written."""

    def fsync(descriptor):
        os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', fsync)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_replaces_in_one_step(tmp_path, monkeypatch):
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    replaced = []

    def replace(source, target):
        # until now the old one; the new one is complete
        replaced.append((path.read_bytes(), source.read_bytes()))
        os.rename(source, target)

    monkeypatch.setattr(os, 'replace', replace)
    write_whole(path, b'new')
    assert replaced == [(b'old', b'new')]
    assert path.read_bytes() == b'new' and names(tmp_path) == ['file']


def test_a_full_disk_leaves_the_old_file(tmp_path, full_disk):
    (tmp_path / 'file').write_bytes(b'old')
    for name in ('file', 'other'):
        with pytest.raises(OSError, match='No space left'):
            write_whole(tmp_path / name, b'newer')
    assert names(tmp_path) == ['file']
    assert (tmp_path / 'file').read_bytes() == b'old'


@pytest.mark.parametrize('mask, mode', [(0o022, 0o644), (0o007, 0o660)])
def test_mode_follows_the_umask(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / 'file', b'')
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / 'file').stat().st_mode) == mode


def test_leftovers(tmp_path):
    other = subprocess.Popen(['cat'], stdin=subprocess.PIPE)  # waits for us
    half, own = (f'a.pth.{process}.mmfer-tmp' for process in (other.pid, os.getpid()))
    for name in ('a.pth', half, own, 'b.tmp'):
        (tmp_path / name).write_bytes(b'')
    assert remove_leftovers(tmp_path) == [own]
    other.communicate()
    assert remove_leftovers(tmp_path) == [half]
    assert names(tmp_path) == ['a.pth', 'b.tmp']
    assert remove_leftovers(tmp_path / 'missing') == []


def test_text_and_json(tmp_path):
    write_whole(tmp_path / 'text', 'é')
    write_json(tmp_path / 'json', dict(a=[1]))
    assert (tmp_path / 'text').read_bytes() == 'é'.encode()
    assert (tmp_path / 'json').read_text() == '{\n "a": [\n  1\n ]\n}\n'
    assert names(tmp_path) == ['json', 'text']


def test_what_a_killed_run_leaves_is_found(tmp_path):
    root = tmp_path / 'rafdb'
    names = (
        '.rafdb.1a.unfinished',
        'rafdb/.EmoLabel.2b.unfinished',
        'rafdb/Image/.aligned.3c.unfinished',
    )
    for name in (*names, '.ferplus.4d.unfinished', 'rafdb/Image/aligned'):
        (tmp_path / name).mkdir(parents=True)
    assert leftovers(root) == sorted(tmp_path / name for name in names)


def test_a_folder_is_there_once_it_is_complete(tmp_path):
    target = tmp_path / 'data' / 'faces'
    with pytest.raises(KeyboardInterrupt):
        with staging(target) as content:
            (content / 'a.png').write_bytes(b'half')
            assert content.parent in leftovers(target)
            raise KeyboardInterrupt
    assert list(target.parent.iterdir()) == []
    target.mkdir()
    assert not is_filled(target) and not is_filled(tmp_path / 'nothing')
    with staging(target) as content:
        (content / 'a.png').write_bytes(b'whole')
        move_into_place(content, target)
    assert is_filled(target) and (target / 'a.png').read_bytes() == b'whole'
    assert list(target.parent.iterdir()) == [target]
    with pytest.raises(OSError), staging(target) as content:
        move_into_place(content, target)
    assert (target / 'a.png').read_bytes() == b'whole'


def test_json_is_read_or_named(tmp_path):
    path = tmp_path / 'a.json'
    write_json(path, dict(a=[1, 2.5]))
    assert read_json(path) == dict(a=[1, 2.5])
    for content in (b'', b'{"a": 1', b'\xff', b'[' * 9999, b'9' * 9999):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f'{path} is no JSON .*: it was cut or edited'):
            read_json(path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / 'none.json')
