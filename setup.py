"""Packaging of mmfer; tool settings live in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def read_version() -> str:
    """The version, read as text: importing mmfer would need torch."""
    text = (HERE / 'mmfer' / '__init__.py').read_text(encoding='utf-8')
    match = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
    if match is None:
        raise RuntimeError("mmfer/__init__.py has no line __version__ = '...'")
    return match.group(1)


def read_readme() -> str:
    readme = HERE / 'README.md'
    return readme.read_text(encoding='utf-8') if readme.exists() else ''


def check_links() -> None:
    """In the checkout mmfer/.mim holds links to configs, tools and the model
    index. Git writes a link as a small text file where it may make none."""
    if not (HERE / 'mmfer' / '.mim' / 'configs').is_dir():
        raise RuntimeError(
            'mmfer/.mim/configs is no folder: this copy of the repository was '
            'made without symbolic links. With Git: `git config core.symlinks '
            'true`, then `git checkout -- mmfer/.mim` (on Windows in developer '
            'mode); or install from a wheel or an sdist, which hold files.'
        )


# Named by their endings, so that nothing that a run left behind gets in. What
# a checkout alone can use (tests, development, the demo that installs) stays
# there.
MIM = [
    '.mim/model-index.yml',
    '.mim/configs/**/*.py',
    '.mim/configs/**/*.yml',
    '.mim/configs/**/*.md',
    '.mim/tools/**/*.py',
    '.mim/tools/**/*.sh',
]
NOT_MIM = ['.mim/tools/dev/*', '.mim/tools/demo/*', '.mim/tools/demo.sh', '.mim/tools/test.sh']

VIS = ['grad-cam<1.5', 'scikit-learn']  # newer grad-cam: another interface
TRACKING = ['tensorboard']
# The host is an extra, not a requirement: upstream and its maintained fork
# install into the same folders, and pip would write one over the other. The
# versions are those of mmfer's check at import.
EXTRAS = {
    'openmmlab': ['mmengine>=0.10.4,<0.11', 'mmpretrain>=1.2.0,<1.3', 'mmcv-lite>=2.1.0,<2.3'],
    'onedl': [
        'onedl-mmengine>=0.10.12,<0.11',
        'onedl-mmpretrain>=1.3.6,<1.4',
        'onedl-mmcv>=2.3.6,<2.4',
    ],
    'vis': VIS,
    'tracking': TRACKING,
    # the packaging test builds with the setuptools that is installed
    'tests': [
        # the heads run in ONNX Runtime, too
        'onnx',
        'onnxruntime',
        'onnxscript',
        'pytest',
        'pytest-randomly',
        'pytest-xdist',
        'ruff==0.17.6',  # another version may format otherwise; as in .pre-commit-config.yaml
        'scikit-image',
        'setuptools>=77',
        *VIS,
        *TRACKING,
    ],
}

check_links()
setup(
    name='mmfer',
    version=read_version(),
    description='Facial expression recognition with noisy and ambiguous '
    'labels: a plug-in for MMPretrain',
    long_description=read_readme(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['mmfer', 'mmfer.*']),
    package_data={'mmfer': MIM},
    exclude_package_data={'mmfer': NOT_MIM},
    python_requires='>=3.10',
    # torch 2.6 is the first whose torch.load is safe by default and takes an
    # allow-list of named functions, which mmfer.compat needs.
    install_requires=['numpy', 'packaging', 'torch>=2.6', 'torchvision'],
    extras_require=EXTRAS,
)
