"""Which data a number was measured on."""

import numpy as np

from mmfer.datasets.fingerprint import fingerprint, relative


def test_paths_below_their_root():
    assert relative('data/rafdb/Image/a.jpg', 'data/rafdb/') == 'Image/a.jpg'
    assert relative('/elsewhere/a.jpg', 'data') == '/elsewhere/a.jpg'


def test_fingerprint_by_its_parts(tmp_path):
    paths = []
    for i in range(200):
        paths.append(tmp_path / f'{i}.jpg')
        paths[-1].write_bytes(b'%d' % i)

    def print_of(classes=('a', 'b'), root=str(tmp_path), **one):
        records = [dict(img_path=str(p), clean_label=0, gt_label=0) for p in paths]
        records[77].update(one)
        found = fingerprint(records, classes, root)
        return found['list_sha256'], found['content_sha256'], found['changed']

    first = print_of()
    for other in (
        print_of(classes=('b', 'a')),
        print_of(gt_label=1),
        print_of(face_box=(1.0, 2.0, 3.0, 4.0)),
        print_of(gt_score=np.array([0.5, 0.5])),
    ):
        assert other[0] != first[0] and other[1] == first[1]
    assert print_of(gt_label=1)[2] == 1 and first[2] == 0
    changed = 0
    for path in paths:  # of 64 evenly spaced
        content = path.read_bytes()
        path.write_bytes(b'other')
        changed += print_of()[1] != first[1]
        path.write_bytes(content)
    assert changed == 64
    paths[0].unlink()
    assert print_of()[1] != first[1]  # and no error: it is named in its turn
