"""Weights, checkpoints and archives: what is downloaded or copied whole."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from fuzz.mutations import ANY, LINES
from fuzz.readers import Reader, add
from mmengine.config import ConfigDict
from mmengine.model import BaseModel
from mmengine.runner import load_checkpoint
from torch import nn

import mmfer.models  # noqa: F401
from mmfer.apis.openvino_ir import load_openvino_ir
from mmfer.data_report import unpack_rafdb
from mmfer.engine.resume.checkpoints import find_checkpoint, set_resume
from mmfer.weights.read import read_tensors

TEXT = [*LINES, *ANY]


# -- weights


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Linear(64, 32), nn.Linear(32, 7)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        return self.head(self.backbone(inputs))


def _state() -> dict:
    torch.manual_seed(0)
    return {name: torch.randn(value.shape) for name, value in Net().state_dict().items()}


def _save(name: str, meta: bool, legacy: bool = False):
    def write(folder: Path) -> Path:
        state = _state()
        content = dict(state_dict=state, meta=dict(epoch=3, iter=30)) if meta else state
        torch.save(content, folder / name, _use_new_zipfile_serialization=not legacy)
        return folder / name

    return write


def _bytes(state) -> dict:
    return {name: (tuple(v.shape), v.float().numpy().tobytes()) for name, v in state.items()}


def _read_weights(folder: Path) -> dict:
    return _bytes(read_tensors(str(folder / 'w.pth'), 'encoder', 'Make one'))


def _read_into_a_model(folder: Path) -> dict:
    model = Net()
    load_checkpoint(model, str(folder / 'epoch_3.pth'), map_location='cpu')
    return _bytes(model.state_dict())


def _resume(folder: Path) -> dict:
    cfg = ConfigDict(work_dir=str(folder))
    set_resume(cfg, str(folder / 'epoch_3.pth'))
    return _bytes(torch.load(cfg.load_from, weights_only=True)['state_dict'])


def _resume_newest(folder: Path) -> dict:
    return dict(newest=find_checkpoint(folder).path)


add(Reader('weights: initial', _save('w.pth', False), _read_weights, ANY, whole=False))
add(
    Reader(
        'weights: initial, torch<1.6', _save('w.pth', False, True), _read_weights, ANY, whole=True
    )
)
add(Reader('weights: test', _save('epoch_3.pth', True), _read_into_a_model, ANY, whole=False))
add(Reader('weights: --resume PATH', _save('epoch_3.pth', True), _resume, ANY, whole=False))
add(Reader('weights: --resume', _save('epoch_3.pth', True), _resume_newest, ANY, whole=False))


IR = """<?xml version="1.0"?>
<net name="n" version="11">
 <layers>
  <layer id="0" type="Parameter" version="opset1"><data shape="1,64" element_type="f32"/></layer>
  <layer id="1" type="Const"><data element_type="f32" shape="7, 64" offset="0" size="1792"/></layer>
  <layer id="2" type="MatMul"><data transpose_a="false" transpose_b="true"/></layer>
  <layer id="3" type="Result"/>
 </layers>
 <edges>
  <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
  <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
  <edge from-layer="2" from-port="2" to-layer="3" to-port="0"/>
 </edges>
</net>
"""


def _ir(folder: Path) -> Path:
    (folder / 'm.xml').write_text(IR)
    (folder / 'm.bin').write_bytes(np.random.default_rng(0).random(448, np.float32).tobytes())
    return folder / 'm.xml'


def _ir_weights(folder: Path) -> Path:
    return _ir(folder).with_suffix('.bin')


def _read_ir(folder: Path) -> dict:
    model = nn.Sequential(nn.Linear(64, 7, bias=False))
    return _bytes(load_openvino_ir(str(folder / 'm.xml'), model))


add(Reader('OpenVINO: .xml', _ir, _read_ir, TEXT, whole=True))
add(Reader('OpenVINO: .bin', _ir_weights, _read_ir, ANY, whole=True))


# -- archives


def _members() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    return {f'basic/EmoLabel/{i}.txt': rng.bytes(300) for i in range(4)}


def _zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / 'basic.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in _members().items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return folder / 'basic.zip'


def _tar(ending: str):
    def write(folder: Path) -> Path:
        mode = 'w:gz' if ending.endswith('gz') else 'w'
        with tarfile.open(folder / f'basic{ending}', mode) as archive:
            for name, data in _members().items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return folder / f'basic{ending}'

    return write


def _unpacked(folder: Path) -> dict:
    root = folder / 'data'
    unpack_rafdb(root, [next(folder.glob('basic*'))])
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob('*') if p.is_file()}


add(Reader('archive: .zip', _zip, _unpacked, ANY, whole=False))
add(Reader('archive: .tar.gz', _tar('.tar.gz'), _unpacked, ANY, whole=False))
add(Reader('archive: .tar', _tar('.tar'), _unpacked, ANY, whole=True))
