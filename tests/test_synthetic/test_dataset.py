"""A data set is the same for any number of processes, and there wholly or not at all."""

import json

import pytest

from mmfer.synthetic import RAFDB_CLASSES, write_rafdb
from mmfer.synthetic.dataset import DONE, expressions_of


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def test_processes_do_not_change_the_faces(rafdb, tmp_path):
    write_rafdb(tmp_path, train=21, test=14, size=32, seed=5, workers=2)
    assert contents(tmp_path) == contents(rafdb)


def test_a_larger_training_set_keeps_all_faces(rafdb, tmp_path):
    write_rafdb(tmp_path, train=24, test=15, size=32, seed=5)
    larger = contents(tmp_path)
    for name, image in contents(rafdb).items():
        assert not name.endswith('.jpg') or larger[name] == image


def test_natural_balance_follows_rafdb():
    names = expressions_of(4000, 0, 0, RAFDB_CLASSES, 'natural')
    assert names[:70] == expressions_of(70, 0, 0, RAFDB_CLASSES, 'natural')
    for name, count in dict(happiness=4772, fear=281).items():
        share = count / 12271
        assert abs(names.count(name) / 4000 - share) < 4 * (share * (1 - share) / 4000) ** 0.5
    with pytest.raises(ValueError, match="'even'; allowed: balanced, natural"):
        expressions_of(7, 0, 0, RAFDB_CLASSES, 'even')


def test_the_same_arguments_reuse_and_others_are_refused(rafdb):
    before = contents(rafdb)
    assert write_rafdb(rafdb, train=21, test=14, size=32, seed=5) == 'reused'
    with pytest.raises(ValueError, match=r'with seed=5, but seed=6 was asked for; choose another'):
        write_rafdb(rafdb, train=21, test=14, size=32, seed=6)
    assert contents(rafdb) == before
    assert json.loads(before['synthetic.json'])['format'] == 1


def test_an_interrupted_write_is_finished_by_the_next(rafdb, tmp_path, monkeypatch):
    arguments = dict(train=21, test=14, size=32, seed=5)
    monkeypatch.setattr('mmfer.synthetic.dataset.write_meta', _power_cut)
    with pytest.raises(KeyboardInterrupt):
        write_rafdb(tmp_path, **arguments)
    monkeypatch.undo()
    with pytest.raises(ValueError, match='unfinished synthetic faces of other arguments'):
        write_rafdb(tmp_path, **{**arguments, 'seed': 6})
    assert write_rafdb(tmp_path, **arguments) == 'written'
    assert contents(tmp_path) == contents(rafdb)


def _power_cut(*args):
    raise KeyboardInterrupt


def test_other_files_are_not_drawn_over(tmp_path):
    (tmp_path / 'real.jpg').write_bytes(b'a real face')
    with pytest.raises(ValueError, match='holds files that are no synthetic faces'):
        write_rafdb(tmp_path, train=1, test=1)


def test_a_killed_write_of_a_table_leaves_nothing(rafdb, tmp_path):
    (tmp_path / 'synthetic.unfinished.json.4194305.mmfer-tmp').write_text('{')  # no such process
    assert write_rafdb(tmp_path, train=21, test=14, size=32, seed=5) == 'written'
    assert contents(tmp_path) == contents(rafdb)


def test_no_process_cannot_draw(tmp_path):
    with pytest.raises(ValueError, match='workers must be 1 or more, not 0'):
        write_rafdb(tmp_path, train=1, test=1, workers=0)


@pytest.mark.parametrize('content', [b'', b'[1]', b'\xff', b'{"seed": 5', b'[' * 9999])
def test_a_damaged_marker_is_named(tmp_path, content):
    (tmp_path / DONE).write_bytes(content)
    with pytest.raises(ValueError, match=f'{tmp_path / DONE} '):
        write_rafdb(tmp_path, train=21, test=14, size=32, seed=5)
