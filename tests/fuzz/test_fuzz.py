"""Some damaged files of every reader; ``run.py`` beside it damages as many as one likes."""

import inspect
import random
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from fuzz import judge as judging
from fuzz import run
from fuzz.judge import FAULTS, judge, touched_lines
from fuzz.mutations import FORMAT, LOCAL, MEANING
from fuzz.readers import READERS
from fuzz.table_mutations import Table, of_table

from mmfer import lists
from mmfer.lists import image_table

SEED, CASES, IMAGES = 1, 5, 60


@pytest.mark.parametrize('name', READERS)
def test_damaged_files_are_read_right_or_refused(name, tmp_path):
    cases = list(run.run_files([name], CASES, SEED, tmp_path))
    assert [case for case in cases if case.verdict.outcome in FAULTS] == []


def test_damaged_pictures_load_or_are_named(tmp_path):
    cases = list(run.run_images(IMAGES, SEED, tmp_path))
    assert [case for case in cases if case.verdict.outcome in FAULTS] == []
    assert len({case.reader for case in cases}) >= 12  # endings


def test_every_reader_of_lists_is_tried(tmp_path):
    """All public ``read_*`` functions are called by what is read here."""
    called = set()

    def note(frame, event, argument):
        if event == 'call':
            called.add((frame.f_globals.get('__name__'), frame.f_code.co_name))

    for number, reader in enumerate(READERS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        reader.write(folder)
        sys.setprofile(note)
        try:
            reader.read(folder)
        finally:
            sys.setprofile(None)
    found = {
        (module.__name__, name)
        for module in vars(lists).values()
        if isinstance(module, ModuleType) and module.__name__.startswith(lists.__name__)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if name.startswith('read_')
    }
    assert image_table and found and found - called == set()


# -- the judge finds what it is there for


TRUTH = dict.fromkeys('abcd', 1)


def outcome(read, kind=LOCAL, allowed=1, seconds=5):
    return judge(read, TRUTH, kind, allowed, ('x.csv',), seconds).outcome


def fail(error):
    raise error


def test_good_ends():
    assert outcome(lambda: dict(TRUTH)) == 'equal'
    assert outcome(lambda: TRUTH | dict(a=2)) == 'follows'
    assert outcome(lambda: TRUTH | dict(a=2), MEANING) == 'follows'
    path = str(Path(__file__).parent / 'x.csv')
    assert outcome(lambda: image_table.open_table(path, 'table')) == 'refused'


def test_faults():
    assert outcome(lambda: TRUTH | dict(a=2, b=2)) == 'silent'
    assert outcome(lambda: TRUTH | dict(a=2), FORMAT) == 'silent'
    assert outcome(lambda: dict.fromkeys(TRUTH, 2), MEANING, 99) == 'silent'
    assert outcome(lambda: {}) == 'silent'
    for error in (KeyError('x.csv'), IndexError(), UnicodeDecodeError('utf-8', b'', 0, 1, 'x.csv')):
        assert outcome(lambda error=error: fail(error)) == 'foreign'
    assert outcome(lambda: fail(ValueError('x.csv'))) == 'foreign'  # not raised by mmfer
    assert outcome(lambda: image_table.Header(path='y')['sha256']) == 'unnamed'
    assert outcome(lambda: time.sleep(5), seconds=0.05) == 'hang'


def test_a_warning_makes_other_content_known():
    def read():
        from mmengine.logging import MMLogger

        MMLogger.get_current_instance().warning('the ids are read otherwise')
        return dict.fromkeys(TRUTH, 2)

    assert outcome(read, MEANING) == outcome(read) == 'warned'
    assert outcome(read, FORMAT) == 'silent'


def test_memory(monkeypatch):
    monkeypatch.setattr(judging, 'MEGABYTES', -1)
    assert outcome(lambda: dict(TRUTH)) == 'memory'


def test_lines_that_differ():
    assert touched_lines(b'a\nb\nc\n', b'b\na\nc\n') == 0
    assert touched_lines(b'a\nb\nc\n', b'a\r\nb\r\nc\r\n') == 0
    assert touched_lines(b'a\nb\nc\n', b'a\nX\nc\n') == 2
    assert touched_lines(b'a\nb\nc\n', b'a\nb') == 2  # c, and the end of the last line


@pytest.mark.parametrize('mutation', of_table(Table()), ids=lambda m: m.name)
def test_the_same_seed_damages_alike(mutation):
    data = b'image,label\n' + b''.join(b'a%d.jpg,%d\n' % (i, i % 7) for i in range(20))
    changed = [mutation.change(random.Random(seed), data) for seed in (1, 1, 2, 3, 4, 5)]
    assert changed[0] == changed[1]
    assert any(other != data for other in changed)


def test_a_run_tells_and_keeps_its_faults(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, 'READERS', {'noise: EAC': READERS['noise: EAC']})
    case = run.Case('noise: EAC', 3, 'flip_bits', judging.Verdict('silent', 'all\ndiffer'), b'x')
    run.keep(case, tmp_path / 'kept')
    assert (tmp_path / 'kept/silent_noise__EAC_3').read_bytes() == b'x'
    assert (
        'silent | noise: EAC | 3 | flip_bits | all differ'
        in (tmp_path / 'kept/faults.txt').read_text()
    )
    table = run.table([case, case._replace(verdict=judging.Verdict('equal'))])
    assert '| noise: EAC | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |' in table
    arguments = ['run.py', '--cases', '3', '--images', '2', '--keep', str(tmp_path)]
    monkeypatch.setattr(sys, 'argv', arguments)
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert ended.value.code == 0 and '5 files in' in capsys.readouterr().out
