"""The report as people and programs read it."""

import csv
import json

import pytest

from mmfer.data_report import read_numbers, write_report
from mmfer.datasets import RAFDB


def test_written_report(rafdb_report, image_of, tmp_path):
    image_of('train_00003').unlink()
    image_of('test_0002').write_bytes(image_of('train_00009').read_bytes())
    report = rafdb_report()
    folder = tmp_path / 'report'
    folder.mkdir()
    files = write_report(folder, report, {'classes.png': 'Images a class'})
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    assert read_numbers(folder) == json.loads(json.dumps(report.numbers))
    whole = (folder / 'report.json').read_bytes()
    for torn in (b'', whole[:-9], b'[]', b'\xff' + whole):
        (folder / 'report.json').write_bytes(torn)
        with pytest.raises(ValueError, match='report.json was cut or edited .*--force') as one:
            read_numbers(folder)
        assert one.type is ValueError
    with open(folder / 'problems.csv', newline='') as file:
        assert list(csv.reader(file))[1:] == [
            ['train', 'Image/aligned/train_00003_aligned.jpg', 'missing']
        ]
    with open(folder / 'duplicates.csv', newline='') as file:
        assert list(csv.reader(file))[1:] == [
            ['1', 'train', 'Image/aligned/train_00009_aligned.jpg', 'fear'],
            ['1', 'test', 'Image/aligned/test_0002_aligned.jpg', 'fear'],
        ]
    text = (folder / 'report.md').read_text()
    assert '| fear | 2 | 281 | -279 |' in text
    assert '| **all** | 14 | 12271 | -12257 |' in text
    assert '| test in train | 1 | 0 |' in text
    assert '![Images a class](classes.png)' in text
    tables = [line.count('|') for line in text.splitlines() if line.startswith('|')]
    assert min(tables) >= 4


def test_the_fingerprint_is_that_of_checkpoints(rafdb, image_of, tmp_path, rafdb_report):
    report = rafdb_report()
    for split in ('train', 'test'):
        proof = report.numbers['splits'][split]['fingerprint']
        known = RAFDB(str(rafdb), split=split).fingerprint
        assert proof == {key: known[key] for key in ('list_sha256', 'content_sha256')}
        folder = tmp_path / split
        folder.mkdir()
        write_report(folder, report, {})
        assert f'list_sha256 `{proof["list_sha256"]}`' in (folder / 'report.md').read_text()
    image_of('train_00001').unlink()
    assert rafdb_report().numbers['splits']['train']['fingerprint'] == {}
