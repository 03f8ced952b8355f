"""Files whole or not at all."""

import errno
import os
import stat
import subprocess

import pytest

from mmfer.utils.files import remove_leftovers, write_json, write_whole


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
