"""What a file is that holds no weights: told by its first bytes, with what to do."""

import os
import pickletools
import zipfile
from pathlib import Path

_TORCH_MAGIC = 0x1950A86A20F9469CFC6C  # torch.save before 1.6 begins with it, pickled
_KINDS = (
    (b'\x1f\x8b', 'a gzip archive', 'Unpack it'),
    (b'7z\xbc\xaf\x27\x1c', 'a 7z archive', 'Unpack it'),
    (b'Rar!', 'a rar archive', 'Unpack it'),
    (b'BZh', 'a bzip2 archive', 'Unpack it'),
    (b'\xfd7zXZ', 'an xz archive', 'Unpack it'),
    (b'\x89PNG', 'a PNG picture', 'Name the file of the weights'),
    (b'\xff\xd8\xff', 'a JPEG picture', 'Name the file of the weights'),
    (b'%PDF', 'a PDF', 'Name the file of the weights'),
    (b'\x89HDF', 'an HDF5 file, as Keras writes it', 'Take weights for PyTorch'),
    (b'\x93NUMPY', 'a numpy array', 'Take weights that torch.save wrote'),
)
_AGAIN = 'Download it again: in the browser, or with gdown, wget or curl -L to its direct address'


def what_instead(path: str | os.PathLike) -> str | None:
    """What a file is instead of weights by ``torch.save``, and the fix; None where it may be such.

    Of a zip all is read, for its checksums: torch looks at none, and a flipped bit of a weight
    would pass. Of others the beginning is read.
    """
    path = Path(path)
    size = path.stat().st_size
    if size == 0:
        return f'an empty file. {_AGAIN}'
    with path.open('rb') as file:
        head = file.read(1024)
    if head.startswith(b'version https://git-lfs.github.com/spec'):
        return f'a Git LFS pointer of {size} bytes. Fetch the file itself: git lfs pull'
    if head.startswith(b'PK'):
        return _zip(path, size)
    if size > 8 and int.from_bytes(head[:8], 'little') < size and head[8:9] == b'{':
        return (
            'a safetensors file. Convert it: torch.save(safetensors.torch.load_file(PATH), '
            "'weights.pth')"
        )
    for start, kind, fix in _KINDS:
        if head.startswith(start):
            return f'{kind}. {fix}'
    if head[257:262] == b'ustar' and not head.startswith((b'storages', b'pickle')):
        return 'a tar archive. Unpack it'  # torch.save of 2016 wrote one, too
    if head[:1] == b'\x80':
        return (
            None
            if _is_torch(head)
            else (
                'a pickle that torch.save did not write. Where you trust it, read it, and save its '
                'tensors by name with torch.save'
            )
        )
    return _text(head)


def _zip(path: Path, size: int) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            # torch.serialization.set_crc32_options(False) writes 0 everywhere
            summed = any(info.CRC for info in archive.infolist())
            wrong = archive.testzip() if summed else None
    except zipfile.BadZipFile:
        return f'cut off after {size} bytes. {_AGAIN}'
    except Exception as error:  # a flipped bit may say 'encrypted', or any kind of packing
        return f'damaged ({error}). {_AGAIN}'
    if wrong is not None:
        return f'damaged: the checksum of {wrong} is another. {_AGAIN}'
    parts = {name.rpartition('/')[2] for name in names}
    if 'constants.pkl' in parts:
        return 'a TorchScript program. Save its state_dict(): torch.jit.load(PATH).state_dict()'
    if 'data.pkl' in parts:
        return None
    if names and all(name.endswith('.npy') for name in names):
        return 'numpy arrays (.npz). Save them by name with torch.save'
    return (
        f'a zip archive of {", ".join(names[:3]) or "nothing"}. Unpack it, and name what is in it'
    )


def _is_torch(head: bytes) -> bool:
    try:
        for _, value, _ in pickletools.genops(head):
            if value is not None and value != 2:  # 2: the protocol
                return value == _TORCH_MAGIC
    except Exception:  # whatever a file that is no pickle leads to
        return False
    return False


def _text(head: bytes) -> str | None:
    try:
        text = head.decode('utf-8', errors='strict' if len(head) < 1024 else 'ignore')
    except UnicodeDecodeError:
        return None
    text = text.lstrip('\ufeff \t\r\n')
    if not all(char.isprintable() or char in '\t\r\n' for char in text):
        return None
    if text[:1] == '<':
        return f'a web page (it begins with {text[:40]!r}). {_AGAIN}'
    return f'a text that begins with {text[:40]!r}. {_AGAIN}'
