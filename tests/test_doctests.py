"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import mmfer

MODULES = [m.name for m in pkgutil.walk_packages(mmfer.__path__, 'mmfer.')]


def test_the_walk_finds_the_package():
    assert {'mmfer.functional.logits', 'mmfer.models.initial_weights.names'} < set(MODULES)


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_every_public_formula_has_an_example():
    from mmfer import functional

    without = [
        name
        for name, value in vars(functional).items()
        if callable(value) and '>>>' not in value.__doc__
    ]
    assert without == []
