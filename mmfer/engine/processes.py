"""The processes of a run: how a launcher tells them, and how they end."""

import atexit
import os
import subprocess
import sys

import torch.distributed
from mmengine.device import get_device
from mmengine.dist import barrier, is_distributed

# By launcher.
WORLD_SIZE_VARIABLES = dict(pytorch='WORLD_SIZE', slurm='SLURM_NTASKS', mpi='OMPI_COMM_WORLD_SIZE')
RANK_VARIABLES = dict(pytorch='RANK', slurm='SLURM_PROCID', mpi='OMPI_COMM_WORLD_RANK')


def world_size_of(launcher: str) -> int:
    """Number of processes that the launcher ('none', 'pytorch', 'slurm' or 'mpi') started.

    Raises:
        RuntimeError: The launcher's variable is missing.
    """
    if launcher == 'none':
        return 1
    variable = WORLD_SIZE_VARIABLES[launcher]
    if variable not in os.environ:
        raise RuntimeError(
            f'launcher {launcher!r} sets {variable}, but it is not set. Start through '
            'tools/dist_train.sh or tools/slurm_train.sh, or take --launcher none.'
        )
    return int(os.environ[variable])


def rank_of(launcher: str) -> int:
    """Number of this process among those of the launcher, before they know of each other."""
    return 0 if launcher == 'none' else int(os.environ.get(RANK_VARIABLES[launcher], 0))


def launcher_on_this_device(launcher: str) -> str:
    """'pytorch' for 'slurm' where there is no GPU, with the variables set; any other as given.

    MMEngine's start through Slurm sets a CUDA device whatever the backend. Its start through
    PyTorch is the one that mmfer.compat brings to the CPU, and both need the same facts under other
    names.

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


def leave_processes() -> None:
    """Wait for the other processes, leave their group, and end this process.

    The last call of a program, where it is one of several processes; alone, it does nothing. Once a
    model was wrapped for several processes (DistributedDataParallel), torch keeps the group's gloo
    threads (``gloo_tcp_loop``, ``pt_gloo_runloop``) alive after ``destroy_process_group``. Left to
    the interpreter's end, such a thread now and then meets a closed connection while what it needs
    is being torn down: a process that has done its work aborts, and the launcher reports a failure.
    So what is registered for the exit is run and all output written, and the process ends without a
    teardown.
    """
    if not is_distributed():
        return
    barrier()
    torch.distributed.destroy_process_group()
    atexit._run_exitfuncs()  # trackers, loggers
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
