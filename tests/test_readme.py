"""What README.md says of a method of one's own is run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import torch

from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[1]
SMALL = """
image_size = 32
data_root = {data!r}
train_dataloader = dict(num_workers=0, batch_size=4)
val_dataloader = dict(num_workers=0, batch_size=8)
test_dataloader = val_dataloader
total_batch_size = 4
model['backbone'] = dict(
    num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=8,
    stem_channels=8, init_cfg=None)
model['head']['in_channels'] = 8
train_cfg = dict(max_epochs=2)
"""


def block(name: str) -> str:
    """The code between the README's marks."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    return re.search(rf'<!-- {name} -->\n```python\n(.*?)```\n<!-- /{name} -->', text, re.S)[1]


def test_the_method_of_the_readme_trains(tmp_path):
    write_rafdb(tmp_path / 'faces', train=12, test=8, size=32)
    package = tmp_path / 'my_package'
    package.mkdir()
    (package / '__init__.py').touch()
    (package / 'agreement_head.py').write_text(block('method'))
    config = tmp_path / 'mine.py'
    config.write_text(block('method config') + SMALL.format(data=str(tmp_path / 'faces')))
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / 'tools/train.py'),
            str(config),
            '--work-dir',
            str(tmp_path / 'run'),
        ],
        env=dict(
            os.environ,
            PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]),
            CUDA_VISIBLE_DEVICES='',
            OMP_NUM_THREADS='1',
        ),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'loss_agree' in done.stdout and 'accuracy/top1' in done.stdout
    state = torch.load(tmp_path / 'run/epoch_2.pth', weights_only=True)['state_dict']
    assert state['head.memory.table'].shape == (12, 7) and state['head.memory.written'].all()


def test_configs_that_the_readme_names_are_there():
    text = '\n'.join(
        path.read_text(encoding='utf-8')
        for path in (ROOT / 'README.md', *ROOT.glob('configs/*/README.md'))
    )
    named = set(re.findall(r'configs/[\w/.-]+\.(?:py|yml)', text))
    assert len(named) > 10
    missing = [name for name in named if not (ROOT / name).is_file() and 'mine' not in name]
    assert missing == []
