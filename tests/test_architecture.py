"""Who may import whom, read from the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / 'mmfer'
PURE = {'__future__', 'collections', 'dataclasses', 'math', 'numpy', 'torch', 'typing'}
HOST_SIDE = ('datasets', 'models', 'engine', 'evaluation')
MAY_USE = {'functional', 'compat'}


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


def subpackage(name: str) -> str | None:
    """'mmfer.models.heads.X' -> 'models'; None for other packages."""
    parts = name.split('.')
    return parts[1] if parts[0] == 'mmfer' and len(parts) > 1 else None


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_reader_sees_relative_imports():
    names = imports(PACKAGE / 'engine' / 'hooks' / '__init__.py')
    assert 'mmfer.engine.hooks.progress_hook.ProgressHook' in names


@pytest.mark.parametrize('path', files(PACKAGE / 'functional'), ids=named)
def test_functional_is_pure(path):
    for name in imports(path):
        allowed = name.split('.')[0] in PURE or subpackage(name) == 'functional'
        assert allowed, (
            f'{named(path)} imports {name}; functional may import {sorted(PURE)} and itself'
        )


@pytest.mark.parametrize('path', files(*(PACKAGE / p for p in HOST_SIDE)), ids=named)
def test_host_side_packages_stay_apart(path):
    own = path.relative_to(PACKAGE).parts[0]
    for name in imports(path):
        other = subpackage(name)
        assert other in MAY_USE | {own, None}, (
            f'{named(path)} imports {name}; {own} may import {sorted(MAY_USE)}, itself and third '
            'parties'
        )


@pytest.mark.parametrize('path', files(PACKAGE / 'visualization'), ids=named)
def test_visualization_stands_alone(path):
    for name in imports(path):
        assert subpackage(name) in {'functional', 'visualization', None}, (
            f'{named(path)} imports {name}'
        )


@pytest.mark.parametrize(
    'path',
    [path for path in files(PACKAGE) if path.relative_to(PACKAGE).parts[0] != 'apis'],
    ids=named,
)
def test_nothing_builds_on_apis(path):
    for name in imports(path):
        assert subpackage(name) != 'apis', (
            f'{named(path)} imports {name}; apis may import everything, and only tools and users '
            'import it'
        )


@pytest.mark.parametrize('path', files(ROOT / 'tools'), ids=named)
def test_tools_use_public_names(path):
    for name in imports(path):
        if name.split('.')[0] == 'mmfer':
            private = [p for p in name.split('.') if p.startswith('_') and not p.endswith('__')]
            assert not private, f'{named(path)} imports {name}, a private name'
