"""A start through Slurm on nodes without a GPU."""

import os
import subprocess

from mmengine.device import get_device


def launcher_on_this_device(launcher: str) -> str:
    """'pytorch' for 'slurm' where there is no GPU, with the variables set.

    MMEngine's start through Slurm sets a CUDA device whatever the backend. Its start through
    PyTorch is the one that mmfer.compat brings to the CPU, and both need the same facts under other
    names.

    Args:
        launcher: As on the command line.

    Returns:
        The launcher for the runner; as given where there is a GPU.

    Raises:
        RuntimeError: Slurm's variables are missing, or the first host of several cannot be found
            out.
    """
    if launcher != 'slurm' or get_device() != 'cpu':
        return launcher
    names = dict(RANK='SLURM_PROCID', WORLD_SIZE='SLURM_NTASKS', LOCAL_RANK='SLURM_LOCALID')
    missing = [name for name in (*names.values(), 'SLURM_NODELIST') if name not in os.environ]
    if missing:
        raise RuntimeError(
            f'--launcher slurm: srun sets {missing}, but they are not set. Start through '
            'tools/slurm_train.sh, or take --launcher none.'
        )
    for name, given in names.items():
        os.environ[name] = os.environ[given]
    if 'MASTER_ADDR' not in os.environ:
        os.environ['MASTER_ADDR'] = first_host(os.environ['SLURM_NODELIST'])
    os.environ.setdefault('MASTER_PORT', '29500')
    return 'pytorch'


def first_host(nodes: str) -> str:
    """The first of a list of nodes such as 'a', 'a,b' or 'a[1-3,7]'."""
    if not set(nodes) & set('[,'):
        return nodes
    try:
        hosts = subprocess.run(
            ['scontrol', 'show', 'hostnames', nodes], capture_output=True, text=True, check=True
        ).stdout
        return hosts.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise RuntimeError(
            f'scontrol does not tell the hosts of SLURM_NODELIST={nodes!r} ({error}). Set '
            'MASTER_ADDR to the first of them.'
        ) from error
