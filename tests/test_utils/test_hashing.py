"""Which files are the same."""

import hashlib

from mmfer.utils.hashing import HEAD, content_digest, content_groups, same_contents, same_files


def test_same_contents_by_size_head_and_whole(tmp_path):
    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    long = bytes(HEAD) + b'a'
    train = [
        write('1', b'ab'),
        write('2', b'ba'),
        write('3', long),
        write('4', b''),
        write('5', bytes(HEAD) + b'b'),
        str(tmp_path / 'no'),
    ]
    held = [write('a', b'xy'), write('b', long), write('c', b'ab'), write('d', b'ab')]
    assert same_contents(train, held) == [(train[0], held[2]), (train[2], held[1])]
    assert same_contents(train, []) == same_contents([], held) == []
    assert same_files([train[0], f'{tmp_path}/./a'], held) == [(f'{tmp_path}/./a', held[0])]


def test_digest_of_all_or_of_the_start(tmp_path):
    (tmp_path / 'file').write_bytes(b'abc')
    path = str(tmp_path / 'file')
    assert content_digest(path) == hashlib.sha256(b'abc').digest()
    assert content_digest(path, 2) == hashlib.sha256(b'ab').digest()


def test_copies_are_found_by_content(tmp_path):
    paths = []
    for i, content in enumerate([b'a', b'b', b'a', b'', b'b', b'']):
        paths.append(tmp_path / f'{i}.jpg')
        paths[-1].write_bytes(content)
    assert content_groups(paths).tolist() == [0, 1, 0, 2, 1, 2]
