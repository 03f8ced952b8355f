"""Whether a report is that of the files."""

import os

from mmfer.data_report import finish, is_current, read_split, start, state_of


def test_state_changes_with_what_it_is_of(rafdb, image_of):
    def stamp(**options):
        return state_of([read_split('RAFDB', str(rafdb), 'train')], options)

    first, path = stamp(), image_of('train_00001')
    assert stamp() == first and stamp(seed=1) != first
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(content + b'\0')
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp() != first  # another size
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp() == first
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert stamp() != first  # another time
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    labels = rafdb / 'EmoLabel/list_patition_label.txt'
    labels.write_text(labels.read_text().replace('train_00001.jpg 1', 'train_00001.jpg 2'))
    assert stamp() != first  # another label
    labels.write_text(labels.read_text().replace('train_00001.jpg 2', 'train_00001.jpg 1'))
    path.unlink()
    assert stamp() != first


def test_a_report_is_current_once_it_is_complete(tmp_path):
    folder = tmp_path / 'report'
    assert not is_current(folder, 'stamp')
    start(folder)
    (folder / 'report.md').write_text('')
    assert not is_current(folder, 'stamp')
    finish(folder, 'stamp', ['report.md'])
    assert is_current(folder, 'stamp') and not is_current(folder, 'another')
    (folder / 'notes.txt').write_text('of a person')
    start(folder)
    assert not is_current(folder, 'stamp')
    assert [path.name for path in folder.iterdir()] == ['notes.txt']
    for torn in ('', '{"fingerprint": "sta', '[]', '3', '{"fingerprint": 1}', 'null'):
        (folder / 'data_report_state.json').write_text(torn)
        assert not is_current(folder, 'stamp')
        start(folder)


def test_a_damaged_state_is_no_report(tmp_path):
    start(tmp_path)
    finish(tmp_path, 'stamp', [])
    assert is_current(tmp_path, 'stamp')
    (path,) = tmp_path.glob('*.json')
    for content in (b'', b'[1]', b'\xff', b'[' * 9999, b'{"fingerprint": "stamp", "files": 3}'):
        path.write_bytes(content)
        assert not is_current(tmp_path, 'stamp')
        start(tmp_path)  # which reads what is there to take away
