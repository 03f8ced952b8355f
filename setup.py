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


# The host is an extra, not a requirement: upstream and its maintained fork
# install into the same folders, and pip would write one over the other.
EXTRAS = {
    'openmmlab': [
        'mmengine>=0.10.4,<0.11', 'mmpretrain>=1.2.0,<1.3',
        'mmcv-lite>=2.1.0,<2.3'
    ],
    'onedl': ['onedl-mmengine', 'onedl-mmpretrain', 'onedl-mmcv'],
    'tests': ['pytest', 'scikit-image', 'scikit-learn'],
}

setup(
    name='mmfer',
    version=read_version(),
    description='Facial expression recognition with noisy and ambiguous '
    'labels: a plug-in for MMPretrain',
    long_description=read_readme(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['mmfer', 'mmfer.*']),
    python_requires='>=3.10',
    # torch 2.6 is the first whose torch.load is safe by default and takes an
    # allow-list of named functions, which mmfer.compat needs.
    install_requires=['numpy', 'torch>=2.6', 'torchvision'],
    extras_require=EXTRAS,
)
