"""The house, read from the source: who imports whom, how large a room is, what is tested where."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / 'mmfer'
PURE = {'__future__', 'collections', 'dataclasses', 'math', 'numpy', 'torch', 'typing'}
GROUND = {'functional', 'utils'}
# What a room may import besides itself and third parties.
MAY_USE = {
    'functional': set(),
    'utils': {'functional'},
    'weights': GROUND,
    'lists': GROUND,
    'compat': GROUND | {'weights'},
    'datasets': GROUND | {'compat', 'lists'},
    'models': GROUND | {'compat', 'weights'},
    'engine': GROUND | {'compat'},
    'evaluation': GROUND | {'compat'},
    'visualization': GROUND,
    'synthetic': GROUND | {'lists', 'datasets', 'models', 'engine', 'evaluation', 'visualization'},
    'data_report': GROUND
    | {'lists', 'datasets', 'models', 'engine', 'evaluation', 'visualization'},
    'apis': GROUND
    | {'lists', 'compat', 'weights', 'datasets', 'models', 'engine', 'evaluation', 'visualization'},
}
# Tests of a whole room, named after what they show.
OF_ROOMS = {
    'test_models': {
        *(
            'test_amp',
            'test_compile',
            'test_export',
            'test_gpu',
            'test_harness',
            'test_two_processes',
        ),
        *('test_partial_label_runs', 'test_pretraining_processes', 'test_pretraining_runs'),
    },
    'test_functional': {'test_tables'},
}


def imports(path: Path) -> list[str]:
    """Absolute dotted names of all that a file imports."""
    found = []
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = '.'.join((*above, *filter(None, [node.module])))
            found += [f'{module}.{alias.name}' for alias in node.names]
    return found


def files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob('*.py'))


def dotted(path: Path) -> str:
    """'mmfer/models/heads/__init__.py' -> 'mmfer.models.heads'."""
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def room(name: str) -> str | None:
    """'mmfer.models.heads.X' -> 'models'; None for other packages and for mmfer itself."""
    parts = name.split('.')
    return parts[1] if parts[0] == 'mmfer' and len(parts) > 1 else None


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [path for path in files(PACKAGE) if path.parent != PACKAGE and '.mim' not in path.parts]
ROOMS = sorted({path.relative_to(PACKAGE).parts[0] for path in MODULES})


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Groups of names that reach each other."""
    reach = {name: set(near) for name, near in graph.items()}
    while True:
        wider = {
            name: set().union(near, *(reach.get(one, set()) for one in near))
            for name, near in reach.items()
        }
        if wider == reach:
            break
        reach = wider
    groups = {
        frozenset(other for other in reach[name] if name in reach.get(other, ()))
        for name in reach
        if name in reach[name]
    }
    return [set(group) for group in groups]


def test_circles_are_found():
    graph = {'a': {'b'}, 'b': {'c'}, 'c': {'b', 'd'}, 'd': set()}
    assert circles(graph) == [{'b', 'c'}]
    assert circles({'a': {'b'}, 'b': {'c'}, 'c': set()}) == []


def test_reader_sees_relative_imports():
    names = imports(PACKAGE / 'engine' / 'hooks' / '__init__.py')
    assert 'mmfer.engine.hooks.progress_hook.ProgressHook' in names


def test_every_room_has_its_rule():
    assert ROOMS == sorted(MAY_USE)


@pytest.mark.parametrize('path', MODULES, ids=named)
def test_a_room_imports_what_lies_below(path):
    own = room(dotted(path))
    for name in imports(path):
        other = room(name)
        assert other in MAY_USE[own] | {own, None}, (
            f'{named(path)} imports {name}; {own} may import {sorted(MAY_USE[own])}, itself and '
            'third parties'
        )


@pytest.mark.parametrize('path', files(PACKAGE / 'functional'), ids=named)
def test_functional_is_pure(path):
    for name in imports(path):
        allowed = name.split('.')[0] in PURE or room(name) == 'functional'
        assert allowed, (
            f'{named(path)} imports {name}; functional may import {sorted(PURE)} and itself'
        )


def test_no_module_imports_itself_round_about():
    known = {dotted(path) for path in files(PACKAGE)}

    def module(name: str) -> str:
        return name if name in known else name.rsplit('.', 1)[0]

    graph = {
        dotted(path): {module(name) for name in imports(path) if module(name) in known}
        for path in files(PACKAGE)
    }
    assert circles(graph) == []


def test_no_room_is_more_than_a_sixth_of_the_house():
    sizes = {
        name: sum(path.read_text().count('\n') for path in files(PACKAGE / name)) for name in ROOMS
    }
    largest = max(sizes, key=sizes.get)
    assert sizes[largest] * 6 <= sum(sizes.values()), f'{largest}: {sizes}'


@pytest.mark.parametrize('path', [*MODULES, *files(ROOT / 'tools')], ids=named)
def test_a_file_is_read_in_one_go(path):
    assert path.read_text().count('\n') <= 300, f'{named(path)}: split it by its ideas'


@pytest.mark.parametrize(
    'path', [path for path in MODULES if not path.name.startswith('__')], ids=named
)
def test_every_module_has_tests_of_its_name(path):
    parts = path.relative_to(PACKAGE).parts
    tests = ROOT.joinpath('tests', *(f'test_{part}' for part in parts))
    assert tests.is_file(), f'{named(path)}: no {named(tests)}'


def test_every_file_of_tests_names_a_module():
    lost = []
    for name in ROOMS:
        for path in files(ROOT / 'tests' / f'test_{name}'):
            parts = path.relative_to(ROOT / 'tests').parts
            module = PACKAGE.joinpath(*(part.removeprefix('test_') for part in parts))
            whole = path.stem in OF_ROOMS.get(parts[0], ())
            if path.stem.startswith('test_') and not whole and not module.is_file():
                lost.append(named(path))
    assert lost == []


@pytest.mark.parametrize('path', files(ROOT / 'tools'), ids=named)
def test_tools_use_public_names(path):
    for name in imports(path):
        if name.split('.')[0] == 'mmfer':
            private = [p for p in name.split('.') if p.startswith('_') and not p.endswith('__')]
            assert not private, f'{named(path)} imports {name}, a private name'


def test_the_readme_tells_where_each_thing_goes():
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    table = text.split('## Where does what go')[1].split('\n## ')[0]
    told = {link.rstrip('/') for link in re.findall(r'\]\(([^)]+)\)', table)}
    assert not [link for link in sorted(told) if not (ROOT / link).exists()]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in MODULES}
    assert folders <= told, f'the table lacks {sorted(folders - told)}'


def test_fuzzed_readers_are_of_every_room_that_reads():
    """tests/fuzz is of no module: it damages the files of all, so it has to import from each room
    that opens files of users, and no test of a room lies there."""
    rooms = {room(name) for path in files(ROOT / 'tests/fuzz') for name in imports(path)} - {None}
    assert {
        'lists',
        'datasets',
        'weights',
        'engine',
        'visualization',
        'data_report',
        'apis',
    } <= rooms
    assert [path.name for path in (ROOT / 'tests/fuzz').glob('test_*')] == ['test_fuzz.py']
