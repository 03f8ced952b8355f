"""Files by their bytes."""

import hashlib

from mmfer.utils.hashing import content_digest, content_groups


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
