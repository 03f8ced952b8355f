"""What a file is that holds no weights."""

import gzip
import json
import lzma
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from mmfer.weights.files import what_instead
from mmfer.weights.read import read_tensors

LFS = b'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 46827520\n'


def safetensors(path):
    header = json.dumps({'a': dict(dtype='F32', shape=[1], data_offsets=[0, 4])}).encode()
    path.write_bytes(len(header).to_bytes(8, 'little') + header + bytes(4))


def archive(path):
    with zipfile.ZipFile(path, 'w') as made:
        made.writestr('weights/epoch_1.pth', b'x')


def tar(path):
    (path.parent / 'a').write_bytes(b'x')
    with tarfile.open(path, 'w') as made:
        made.add(path.parent / 'a', 'a')


FILES = {
    'pointer': (lambda path: path.write_bytes(LFS), 'Git LFS pointer of .*git lfs pull'),
    'page': (
        lambda path: path.write_text('\n <!DOCTYPE html><title>Google Drive</title>' + 'x' * 9999),
        "a web page .it begins with '<!DOCTYPE html>.*Download it again",
    ),
    'xml': (lambda path: path.write_text('<?xml version="1.0"?><Error/>'), 'a web page'),
    'json': (lambda path: path.write_text('{"message": "Not Found"}'), "text that begins with '{"),
    'utf-8': (lambda path: path.write_text('página não encontrada'), 'a text that begins with'),
    'empty': (lambda path: path.write_bytes(b''), 'an empty file. Download it again'),
    'zip': (archive, 'a zip archive of weights/epoch_1.pth. Unpack it'),
    'tar': (tar, 'a tar archive. Unpack it'),
    'gzip': (lambda path: path.write_bytes(gzip.compress(b'x')), 'a gzip archive. Unpack it'),
    'xz': (lambda path: path.write_bytes(lzma.compress(b'x')), 'an xz archive'),
    'npz': (lambda path: np.savez(path.open('wb'), a=np.ones(2)), r'numpy arrays \(.npz\)'),
    'npy': (lambda path: np.save(path.open('wb'), np.ones(2)), 'a numpy array'),
    'png': (lambda path: Image.new('L', (2, 2)).save(path, 'PNG'), 'a PNG picture'),
    'jpeg': (lambda path: Image.new('L', (2, 2)).save(path, 'JPEG'), 'a JPEG picture'),
    'pickle': (
        lambda path: path.write_bytes(pickle.dumps({'conv1.weight': np.ones(2)})),
        'a pickle that torch.save did not write',
    ),
    'script': (
        lambda path: torch.jit.script(torch.nn.Linear(1, 1)).save(str(path)),
        'a TorchScript program. Save its state_dict',
    ),
    'safetensors': (safetensors, 'a safetensors file. Convert it: '),
    'hdf5': (lambda path: path.write_bytes(b'\x89HDF\r\n\x1a\n' + bytes(99)), 'an HDF5 file'),
}


@pytest.mark.parametrize('name', FILES)
def test_it_is_named(name, tmp_path):
    write, told = FILES[name]
    write(tmp_path / 'w.pth')
    found = what_instead(tmp_path / 'w.pth')
    assert '\n' not in found
    with pytest.raises(ValueError, match=told):
        raise ValueError(found)


@pytest.mark.parametrize('legacy', [False, True])
@pytest.mark.parametrize(
    'content', [{}, {'state_dict': {'a': torch.ones(3)}}, torch.ones(1), [1], 'text']
)
def test_weights_are_weights(content, legacy, tmp_path):
    torch.save(content, tmp_path / 'w.pth', _use_new_zipfile_serialization=not legacy)
    assert what_instead(tmp_path / 'w.pth') is None


@pytest.mark.parametrize('share', [0.1, 0.5, 0.99])
def test_a_part_of_a_file(share, tmp_path):
    path = tmp_path / 'w.pth'
    torch.save({'a': torch.ones(1000)}, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert what_instead(path).startswith(f'cut off after {int(len(content) * share)} bytes.')


def test_other_bytes_may_be_anything(tmp_path):
    (tmp_path / 'w.pth').write_bytes(bytes(range(256)) * 9)
    assert what_instead(tmp_path / 'w.pth') is None


def test_flipped_bits_are_seen(tmp_path):
    """torch looks at no checksum, so that a damaged weight would pass."""
    path = tmp_path / 'w.pth'
    torch.save({'a': torch.ones(1000)}, path)
    whole = path.read_bytes()
    place = whole.index(torch.ones(3).numpy().tobytes()) + 400
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert (torch.load(path)['a'] != 1).sum() == 1
    assert 'damaged: the checksum of w/data/0 is another. Download' in what_instead(path)
    with pytest.raises(ValueError, match=r"w\.pth' holds no weights; it is damaged"):
        read_tensors(str(path), 'face', '')


def test_files_without_checksums(tmp_path):
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({'a': torch.ones(10)}, tmp_path / 'w.pth')
    finally:
        torch.serialization.set_crc32_options(True)
    assert what_instead(tmp_path / 'w.pth') is None
    assert read_tensors(str(tmp_path / 'w.pth'), 'face', '')['a'].sum() == 10
