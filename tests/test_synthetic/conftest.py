"""Drawn sets that several modules look at."""

import csv

import pytest

from mmfer.synthetic import write_rafdb


@pytest.fixture(scope='session')
def rafdb(tmp_path_factory):
    root = tmp_path_factory.mktemp('rafdb')
    assert write_rafdb(root, train=21, test=14, size=32, seed=5) == 'written'
    return root


@pytest.fixture(scope='session')
def table():
    """Reads the rows of a CSV."""

    def read(path):
        with open(path, newline='') as file:
            return list(csv.reader(file))

    return read


@pytest.fixture(scope='session')
def meta_of():
    """Reads what ``meta.csv`` of a drawn set says of each picture."""

    def read(root):
        with open(root / 'meta.csv', newline='') as file:
            return list(csv.DictReader(file))

    return read
