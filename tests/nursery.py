"""Scripts of tools/ as processes of their own, without the seconds of their imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).parents[1] / 'tools'
# imports once what each tool needs, then gives each a process of its own
NURSERY = """
import json, os, runpy, sys
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)  # what is printed while importing is no answer
import mmfer.datasets, mmfer.engine, mmfer.evaluation, mmfer.models, mmpretrain.apis
for line in sys.stdin:
    log, *sys.argv = json.loads(line)
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), stream)
        sys.exit(runpy.run_path(sys.argv[0], run_name='__main__') and 0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
"""


def environment() -> dict:
    return dict(
        os.environ, CUDA_VISIBLE_DEVICES='', MPLBACKEND='agg', OMP_NUM_THREADS='1', COLUMNS='200'
    )


class Nursery:
    """Runs scripts of tools/ one after another in a folder, each in a process of its own that
    begins with all imported; ``close()`` at the end."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, '-c', NURSERY],
            cwd=folder,
            env=environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, name: str, tool: str, *command) -> tuple[int, str]:
        """Exit code, and what was printed, which goes to ``name``.txt in the folder."""
        log = self.folder / f'{name}.txt'
        line = [log, TOOLS / tool, *command]
        print(json.dumps(list(map(str, line))), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline()), log.read_text()

    def close(self) -> None:
        self.process.communicate()  # the end of its input ends it
