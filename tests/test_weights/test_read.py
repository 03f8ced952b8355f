"""Files of weights, wrapped in any way, and files of something else."""

import argparse
import pickle

import pytest
import torch

from mmfer.weights.read import WRAPPERS, read_tensors

TENSORS = {'a.weight': torch.ones(2), 'a.bias': torch.zeros(1)}


def read(content, path):
    torch.save(content, path)
    return read_tensors(str(path), 'face', '')


@pytest.mark.parametrize('wrap', [*WRAPPERS, None, 'my_network'])
def test_read_from_any_wrapper(wrap, tmp_path):
    content = {f'module.{k}': v for k, v in TENSORS.items()}
    beside = {'epoch': 3, 'optimizer': {'state': {0: {'exp_avg': torch.ones(2)}}}}
    found = read({wrap: content, **beside} if wrap else content, tmp_path / 'w.pth')
    assert {k: v.tolist() for k, v in found.items()} == {'a.weight': [1, 1], 'a.bias': [0]}


def test_wrapped_twice_and_by_choice(tmp_path):
    assert set(read({'state_dict': {'model': TENSORS}}, tmp_path / 'w.pth')) == set(TENSORS)
    both = {'teacher': TENSORS, 'student': {'b': torch.ones(1)}, 'scale': torch.ones(1)}
    assert set(read(both, tmp_path / 'w.pth')) == set(TENSORS)
    with pytest.raises(ValueError, match="several entries, .'one', 'two'.*save one"):
        read({'one': TENSORS, 'two': TENSORS}, tmp_path / 'w.pth')


def test_a_command_line_beside_the_weights(tmp_path):
    """MAE's own training saves it; it is no code."""
    content = {'model': TENSORS, 'args': argparse.Namespace(lr=1e-3), 'epoch': 799}
    assert set(read(content, tmp_path / 'w.pth')) == set(TENSORS)
    assert argparse.Namespace not in torch.serialization.get_safe_globals()


def test_no_file():
    with pytest.raises(FileNotFoundError, match=r"at 'no.pth'\. Make one, .*--init face:PATH, or"):
        read_tensors('no.pth', 'face', 'Make one')


def test_no_tensors(tmp_path):
    with pytest.raises(ValueError, match="holds no tensors.*'epoch'"):
        read({'epoch': 1}, tmp_path / 'w.pth')
    with pytest.raises(ValueError, match='holds a Tensor'):
        read(torch.zeros(3), tmp_path / 'w.pth')


def test_a_whole_model_is_named(tmp_path):
    with pytest.raises(ValueError, match=r'object of torch\.nn\.modules\.linear\.Linear.*alone'):
        read(torch.nn.Linear(1, 1), tmp_path / 'w.pth')


@pytest.mark.parametrize('legacy', [False, True])
@pytest.mark.parametrize('share', [0, 0.01, 0.5, 0.98])
def test_cut_off_files(legacy, share, tmp_path):
    path = tmp_path / 'w.pth'
    torch.save({'a': torch.ones(4000)}, path, _use_new_zipfile_serialization=not legacy)
    assert set(read_tensors(str(path), 'face', '')) == {'a'}
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r'w\.pth.*(empty|cut off).* again'):
        read_tensors(str(path), 'face', '')


def test_files_of_something_else(tmp_path):
    path = tmp_path / 'w.pth'
    path.write_bytes(b'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n')
    with pytest.raises(ValueError, match='Git LFS pointer.*git lfs pull; or name another with'):
        read_tensors(str(path), 'face', '')
    path.write_bytes(pickle.dumps({'a': [1]}))
    with pytest.raises(ValueError, match='a pickle that torch.save did not write'):
        read_tensors(str(path), 'face', '')
    path.write_bytes(bytes(range(200, 256)) * 9)
    with pytest.raises(ValueError, match='cut off, or no file of torch.save'):
        read_tensors(str(path), 'face', '')
