"""Drawn sets that several modules look at."""

import pytest

from mmfer.synthetic import write_rafdb


@pytest.fixture(scope='session')
def rafdb(tmp_path_factory):
    root = tmp_path_factory.mktemp('rafdb')
    assert write_rafdb(root, train=21, test=14, size=32, seed=5) == 'written'
    return root
