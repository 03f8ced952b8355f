"""Wheel, sdist and editable install carry configs, tools and the model index."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from mmengine.config import Config

ROOT = Path(__file__).parents[1]
CHECKOUT_ONLY = ('tools/dev/', 'tools/demo/', 'tools/demo.sh', 'tools/test.sh')
NAME = 'clex_r18_synthetic_noise30'
USER_CONFIG = f"""
_base_ = 'mmfer::demo/{NAME}.py'
image_size = 48
model = dict(head=dict(gamma=.25))
"""
# Runs outside the checkout, on what was installed alone.
PROBE = f"""
import json, sys
import mmfer
from mmengine.config import Config
from mmengine.hub import get_config
user = Config.fromfile(sys.argv[1])
named = get_config('mmfer::demo/{NAME}.py')
base = get_config('mmfer::_base_/schedules/adam_exp_60e.py')  # in no metafile
from mmpretrain import get_model, list_models
before = list_models('clex')
import mmfer.apis
model = get_model('{NAME}')
print(json.dumps(dict(
    package=mmfer.__path__[0], user=user.to_dict(), named=named.to_dict(),
    epochs=base.train_cfg.max_epochs, head=type(model.head).__name__,
    config=model._config.filename, before=before, models=list_models('clex'))))
"""


@pytest.fixture(scope='module')
def source(tmp_path_factory) -> Path:
    """A copy of the checkout to build in, with what runs leave behind."""
    copy = tmp_path_factory.mktemp('source')
    clean = shutil.ignore_patterns('__pycache__', '*.egg-info')
    for folder in ('mmfer', 'configs', 'tools'):
        shutil.copytree(ROOT / folder, copy / folder, symlinks=True, ignore=clean)
    for name in (
        'setup.py',
        'pyproject.toml',
        'MANIFEST.in',
        'README.md',
        'LICENSE',
        'model-index.yml',
    ):
        shutil.copy(ROOT / name, copy / name)
    for rubbish in (
        'tools/__pycache__/train.cpython-311.pyc',
        'configs/clex/work_dirs/last.pth',
        'configs/data/face.jpg',
        'mmfer/apis/__pycache__/a.pyc',
        'data/face.jpg',
        'work_dirs/run/log.json',
        'tests/test_here.py',
        'tests/conftest.py',
    ):
        (copy / rubbish).parent.mkdir(parents=True, exist_ok=True)
        (copy / rubbish).touch()
    return copy


def build(source: Path, kind: str, out: Path) -> Path:
    """What the build backend makes of a folder; needs no network."""
    out.mkdir()
    code = f'import sys, setuptools.build_meta as b; b.build_{kind}(sys.argv[1])'
    run = subprocess.run(
        [sys.executable, '-c', code, str(out)], cwd=source, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope='module')
def sdist(source, tmp_path_factory) -> Path:
    return build(source, 'sdist', tmp_path_factory.mktemp('out') / 'sdist')


@pytest.fixture(scope='module')
def wheel(source, tmp_path_factory) -> Path:
    return build(source, 'wheel', tmp_path_factory.mktemp('out') / 'wheel')


def expected() -> dict[str, Path]:
    """What has to be installed: name in the package -> file in the checkout."""
    files = {
        path.relative_to(ROOT).as_posix(): path
        for path in (ROOT / 'mmfer').rglob('*.py')
        if '.mim' not in path.parts
    }
    mim = [ROOT / 'model-index.yml']
    for folder, endings in (('configs', ('.py', '.md', '.yml')), ('tools', ('.py', '.sh'))):
        mim += [path for path in (ROOT / folder).rglob('*') if path.suffix in endings]
    for path in mim:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(CHECKOUT_ONLY):
            files[f'mmfer/.mim/{name}'] = path
    return files


def in_wheel(path: Path) -> dict[str, tuple[bytes, int]]:
    """Contents and mode of each file, without what pip needs."""
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: (archive.read(info), info.external_attr >> 16)
            for info in archive.infolist()
            if '.dist-info/' not in info.filename
        }


def in_sdist(path: Path) -> dict[str, tuple[bytes, int]]:
    """Contents and mode of each file, below the archive's only folder."""
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if not member.isdir()]
        assert all(member.isfile() for member in members)  # no links
        return {
            member.name.partition('/')[2]: (archive.extractfile(member).read(), member.mode)
            for member in members
        }


def test_nothing_needed_has_another_ending():
    """Of configs and tools; the wheel takes .py, .yml, .md and .sh."""
    known = {'.py', '.yml', '.md', '.sh', '.pyc'}
    others = [
        path
        for folder in ('configs', 'tools')
        for path in (ROOT / folder).rglob('*')
        if path.is_file() and path.suffix not in known
    ]
    assert others == []


def test_wheel(wheel):
    found, wanted = in_wheel(wheel), expected()
    assert set(found) == set(wanted)
    for name, path in wanted.items():
        assert found[name][0] == path.read_bytes(), name
        assert bool(found[name][1] & 0o100) == os.access(path, os.X_OK), name
    assert found['mmfer/.mim/tools/dist_train.sh'][1] & 0o111 == 0o111
    with zipfile.ZipFile(wheel) as archive:
        licences = [n for n in archive.namelist() if Path(n).name == 'LICENSE']
        assert archive.read(licences[0]) == (ROOT / 'LICENSE').read_bytes()


def test_sdist(sdist):
    found, wanted = in_sdist(sdist), expected()
    around = {
        'LICENSE',
        'MANIFEST.in',
        'PKG-INFO',
        'README.md',
        'pyproject.toml',
        'setup.cfg',
        'setup.py',
    }
    assert {name for name in found if '.egg-info/' not in name} == set(wanted) | around
    for name, path in wanted.items():
        assert found[name][0] == path.read_bytes(), name
        assert bool(found[name][1] & 0o100) == os.access(path, os.X_OK), name


def test_wheel_of_the_sdist_is_the_same(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter='data')
    (unpacked,) = tmp_path.iterdir()
    assert in_wheel(build(unpacked, 'wheel', tmp_path / 'out')) == in_wheel(wheel)


def test_extras(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith('.dist-info/METADATA')]
        metadata = archive.read(name).decode()
    needs = [line for line in metadata.splitlines() if line.startswith('Requires-Dist: ')]
    for family, names in (
        ('openmmlab', ('mmengine', 'mmpretrain', 'mmcv-lite')),
        ('onedl', ('onedl-mmengine', 'onedl-mmpretrain', 'onedl-mmcv')),
    ):
        chosen = [line for line in needs if f'extra == "{family}"' in line]
        assert len(chosen) == 3
        for package in names:
            assert any(
                line.startswith(f'Requires-Dist: {package}>=')
                or line.startswith(f'Requires-Dist: {package}<')
                for line in chosen
            )
    # the host is never a requirement by itself: two families own its folders
    assert not [line for line in needs if 'mm' in line and 'extra' not in line]


def test_checkout_without_links(source, tmp_path):
    copy = tmp_path / 'copy'
    shutil.copytree(source, copy, symlinks=True)
    (copy / 'mmfer/.mim/configs').unlink()
    (copy / 'mmfer/.mim/configs').write_text('../../configs')
    run = subprocess.run(
        [sys.executable, 'setup.py', '--version'], cwd=copy, capture_output=True, text=True
    )
    assert run.returncode != 0 and 'git config core.symlinks true' in run.stderr


def pip_install(target: Path, *what) -> None:
    subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'install',
            '-q',
            '--no-deps',
            '--no-index',
            '--no-build-isolation',
            '--target',
            str(target),
            *map(str, what),
        ],
        check=True,
    )


@pytest.fixture(scope='module', params=['wheel', 'editable'])
def installed(request, source, wheel, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp(request.param)
    if request.param == 'wheel':
        pip_install(target, wheel)
    else:
        pip_install(target, '-e', source)
    return target


def probe(installed: Path, user_config: Path) -> dict:
    """What PROBE prints. Without `site`, as the environment of these tests has an editable install
    of its own, which would be found."""
    code = f'import site; site.addsitedir({str(installed)!r})\n{PROBE}'
    paths = dict.fromkeys(sysconfig.get_path(key) for key in ('purelib', 'platlib'))
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(installed), *paths]))
    run = subprocess.run(
        [sys.executable, '-S', '-c', code, str(user_config)],
        cwd=user_config.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_installed(installed, source, tmp_path):
    (tmp_path / 'mine.py').write_text(USER_CONFIG)
    found = probe(installed, tmp_path / 'mine.py')
    wheel = (installed / 'mmfer').is_dir()
    assert Path(found['package']) == (installed if wheel else source) / 'mmfer'
    # mmpretrain knows our names once mmfer.apis is imported, and no sooner
    assert found['before'] == [] and found['models'] == sorted(
        path.stem
        for folder in ('clex', 'demo')
        for path in (ROOT / 'configs' / folder).glob('clex*.py')
    )
    assert found['head'] == 'CLEXHead' and found['epochs'] == 60
    assert Path(found['config']).samefile(Path(found['package']) / f'.mim/configs/demo/{NAME}.py')

    # as a base named by its path, and no scope is put on the settings
    by_path = tmp_path / 'by_path.py'
    base = ROOT / f'configs/demo/{NAME}.py'
    by_path.write_text(USER_CONFIG.replace(f'mmfer::demo/{NAME}.py', str(base)))
    as_json = [json.loads(json.dumps(Config.fromfile(path).to_dict())) for path in (by_path, base)]
    assert found['user'] == as_json[0] and found['named'] == as_json[1]
    assert found['user']['model']['head']['gamma'] == 0.25


def test_scripts_of_the_wheel(wheel, tmp_path):
    """dist_train.sh finds train.py and the package from where it lies."""
    pip_install(tmp_path / 'site', wheel)
    script = tmp_path / 'site/mmfer/.mim/tools/dist_train.sh'
    environment = dict(os.environ, PYTHON=sys.executable, PYTHONPATH=str(tmp_path / 'site'))
    run = subprocess.run(
        [script, 'mine.py', '1', '--help'],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert 'usage: train.py' in run.stdout and '--launcher' in run.stdout
