"""The Slurm scripts, with a srun of our own on the PATH."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TOOLS = Path(__file__).parents[2] / 'tools'
# Notes its options, drops them, and runs the command once a task.
SRUN = """#!/usr/bin/env bash
tasks=0
while [[ $1 == -* ]]; do
    echo "$1 $([[ $1 == -p ]] && echo "$2")" >>"$SRUN_NOTES"
    case $1 in
        -p) shift ;;
        --ntasks=*) tasks=${1#*=} ;;
    esac
    shift
done
echo "port $MASTER_PORT" >>"$SRUN_NOTES"
for ((i = 0; i < tasks; i++)); do
    SLURM_PROCID=$i SLURM_LOCALID=$i SLURM_NTASKS=$tasks SLURM_NODELIST='node[1-2]' "$@" &
done
for job in $(jobs -p); do wait "$job" || exit 1; done
"""
SCONTROL = """#!/usr/bin/env bash
[ "$*" = 'show hostnames node[1-2]' ] && printf '127.0.0.1\\n127.0.0.2\\n'
"""


@pytest.fixture
def cluster(tmp_path):
    """Returns a function that runs a script on it: output and notes."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for name, text in (('srun', SRUN), ('scontrol', SCONTROL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    def submit(script, *arguments, **variables):
        notes = tmp_path / 'notes'
        notes.unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith('MASTER_')}
        environment.update(
            PATH=f'{folder}{os.pathsep}{os.environ["PATH"]}',
            SRUN_NOTES=str(notes),
            CUDA_VISIBLE_DEVICES='',
            PYTHON=sys.executable,
        )
        environment.update(variables)
        done = subprocess.run(
            [str(TOOLS / script), *map(str, arguments)],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout, notes.read_text().splitlines()

    return submit


def test_train_two_tasks_and_test_one(cluster, tiny_config_file, tmp_path):
    work_dir = tmp_path / 'run'
    log, notes = cluster(
        'slurm_train.sh',
        'faces',
        'my-job',
        tiny_config_file,
        work_dir,
        '--cfg-options',
        'train_cfg.max_epochs=1',
        'train_dataloader.batch_size=2',
        GPUS='2',
        GRES='',
        SRUN_ARGS='--qos=low --time=5',
        CPUS_PER_TASK='1',
    )
    assert [note.strip() for note in notes[:-1]] == [
        '-p faces',
        '--job-name=my-job',
        '--ntasks=2',
        '--ntasks-per-node=2',
        '--cpus-per-task=1',
        '--kill-on-bad-exit=1',
        '--qos=low',
        '--time=5',
    ]
    assert '2 processes x 2 images = batch 4, lr 0.01 as in the config' in log
    checkpoint = work_dir / 'epoch_1.pth'
    saved = torch.load(checkpoint, weights_only=True)
    # 12 images, two processes, 2 images each: 3 steps, and lr as was said
    assert saved['meta']['iter'] == 3
    assert [group['lr'] for group in saved['optimizer']['param_groups']] == [0.01]

    # A folder with a space; one task of its own; the script's own options.
    out = tmp_path / 'a folder' / 'metrics.json'
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    log, notes = cluster(
        'slurm_test.sh',
        'faces',
        'my-job',
        tiny_config_file,
        checkpoint,
        '--out',
        out,
        '--work-dir',
        tmp_path / 'test',
        GPUS='1',
        PORT=str(port),
    )
    assert '--gres=gpu:1' in [note.strip() for note in notes] and f'port {port}' in notes
    assert re.search(r'^accuracy/top1: ', log, re.MULTILINE) and out.is_file()


def test_full_nodes(cluster, tmp_path):
    # 16 GPUs on nodes of 8; the command is not ours, so nothing is trained.
    stand_in = tmp_path / 'python'
    stand_in.write_text('#!/bin/sh\necho "task $SLURM_PROCID: $*"\n')
    stand_in.chmod(0o755)
    for variables, per_node in ((dict(), 8), (dict(GPUS_PER_NODE='4'), 4)):
        log, notes = cluster(
            'slurm_train.sh',
            'p',
            'j',
            'a b.py',
            'dir',
            '--resume',
            GPUS='16',
            PYTHON=str(stand_in),
            **variables,
        )
        notes = [note.strip() for note in notes]
        assert {f'--gres=gpu:{per_node}', '--ntasks=16', f'--ntasks-per-node={per_node}'} < set(
            notes
        )
        assert 20000 <= int(notes[-1].removeprefix('port ')) < 30000
        assert len(log.splitlines()) == 16
        assert 'train.py a b.py --work-dir=dir --launcher=slurm --resume' in log


def test_too_few_arguments():
    for script in ('slurm_train.sh', 'slurm_test.sh'):
        done = subprocess.run(
            [str(TOOLS / script), 'p', 'j', 'c'], text=True, stderr=subprocess.PIPE
        )
        assert done.returncode == 2 and 'PARTITION JOB_NAME CONFIG' in done.stderr
