"""Which layout lies in a folder, and what users hear of it."""

import re
from pathlib import Path

import pytest

from mmfer.lists.layouts import LAYOUTS, PLACES, find_below, find_layout, layouts_in

GIVEN = dict(option='layout', variable='RAFDB_ROOT')


def make(root, *folders):
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return str(root)


def test_signs_in_any_case(tmp_path):
    root = make(tmp_path, 'Dataset/TRAIN/3', 'Dataset/Val/x', 'other')
    assert find_below(root, 'DATASET/<train>/[1-7]') == ['Dataset/TRAIN/3']
    assert find_below(root, 'DATASET/<any>') == ['Dataset/TRAIN', 'Dataset/Val']
    assert find_below(root, '<valid>') == find_below(root + '/nothing', '<any>') == []


@pytest.mark.parametrize('dataset', LAYOUTS)
def test_signs_are_expressions_of_paths(dataset):
    for layout in LAYOUTS[dataset]:
        assert layout.said and layout.signs
        for sign in layout.signs:
            rest = re.sub(f'<({"|".join(PLACES)})>', '', sign)
            re.compile(rest)
            assert not sign.startswith('/') and '<' not in rest


def test_one_layout_is_told(tmp_path, told):
    root = make(tmp_path, 'DATASET/train/1')
    assert find_layout(root, 'RAF-DB', **GIVEN) == 'kaggle'
    assert told == [f'INFO {root}: layout of RAF-DB: kaggle: {LAYOUTS["RAF-DB"][1].said}']


def test_none_names_all(tmp_path):
    with pytest.raises(FileNotFoundError, match='no layout of RAF-DB; .*official.*kaggle.*RAFDB_R'):
        find_layout(make(tmp_path, 'a'), 'RAF-DB', **GIVEN)
    with pytest.raises(FileNotFoundError, match='no layout'):
        find_layout(str(tmp_path / 'nothing'), 'RAF-DB', **GIVEN)


def test_of_two_the_owners_is_read_and_said(tmp_path, told):
    root = make(tmp_path, 'DATASET/test/7', 'EmoLabel/list_patition_label.txt')
    assert [layout.name for layout in layouts_in(root, 'RAF-DB')] == ['official', 'kaggle']
    assert find_layout(root, 'RAF-DB', **GIVEN) == 'official'
    (line,) = told
    assert line.startswith('WARNING') and '2 layouts of RAF-DB (official: ' in line
    assert "'official' is read" in line and 'layout= another' in line


def test_what_is_packed_names_the_command(tmp_path, told):
    root = make(tmp_path, 'fer2013.csv')
    with pytest.raises(FileNotFoundError, match=f'no folders of images.*prepare.py fer2013 {root}'):
        find_layout(root, 'FER2013', **GIVEN)
    make(tmp_path, 'train/happy')  # made of it: one data set, not two
    assert find_layout(root, 'FER2013', **GIVEN) == 'folders'
    assert not any(line.startswith('WARNING') for line in told)


def test_the_readme_has_each_layout():
    text = (Path(__file__).parents[2] / 'README.md').read_text(encoding='utf-8')
    table = text.split('## Layouts')[1].split('\n## ')[0]
    rows, dataset = set(), ''
    for line in table.splitlines():
        if line.startswith('|'):
            first, layout, _ = (cell.strip() for cell in line.strip('|').split('|', 2))
            dataset = first or dataset
            rows.add((dataset, layout))
    known = {(dataset, layout.name) for dataset, some in LAYOUTS.items() for layout in some}
    assert known == rows - {('data set', 'layout'), ('---', '---')}
