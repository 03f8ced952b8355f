"""Damage files of every reader and look what becomes of them.

::

    python tests/fuzz/run.py --cases 10000 --images 1000 --seed 0 --keep work_dirs/fuzz

The same seed damages the same files in the same way. Prints a table of outcomes, and writes each
file that shows a fault into ``--keep`` beside what happened. Exit status 1 where there is a fault.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests, as pytest has it

from fuzz import images  # noqa: E402
from fuzz import readers_data_sets as _data_sets  # noqa: E402, F401  they fill the table
from fuzz import readers_lists as _lists  # noqa: E402, F401
from fuzz import readers_mirrors as _mirrors  # noqa: E402, F401
from fuzz import readers_runs as _runs  # noqa: E402, F401
from fuzz import readers_weights as _weights  # noqa: E402, F401
from fuzz.judge import FAULTS, GOOD, Verdict, judge, touched_lines  # noqa: E402
from fuzz.mutations import Mutation  # noqa: E402
from fuzz.readers import READERS, Reader  # noqa: E402


class Case(NamedTuple):
    """One damaged file and what became of it."""

    reader: str
    number: int
    mutation: str
    verdict: Verdict
    data: bytes


class Files:
    """The files of a reader, written once and copied for each case."""

    def __init__(self, reader: Reader, root: Path):
        self.reader, self.root = reader, root
        self.whole = root / 'whole'
        self.whole.mkdir(parents=True)
        self.place = reader.write(self.whole).relative_to(self.whole)
        self.data = (self.whole / self.place).read_bytes()
        self.truth = reader.read(self._copy(self.data))

    def _copy(self, data: bytes) -> Path:
        """A folder with the files, one of them as given; links to the others."""
        folder = self.root / 'case'
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.whole, folder, copy_function=_link)
        path = folder / self.place
        path.unlink()
        path.write_bytes(data)
        return folder

    def try_one(self, mutation: Mutation, data: bytes) -> Verdict:
        folder = self._copy(data)
        allowed = touched_lines(self.data, data)
        if 'swap_lines' in mutation.name or self.place.parent.name == 'manual':
            allowed += 2
        if self.reader.whole is not None:
            allowed = len(self.truth) + 1 if self.reader.whole else 0
        names = (self.place.name, str(folder), 'candidates={')  # settings name themselves
        verdict = judge(lambda: self.reader.read(folder), self.truth, mutation.kind, allowed, names)
        stated = self.reader.stated.get(mutation.name)
        if verdict.outcome == 'silent' and stated:
            return Verdict('follows', f'{verdict.told}; {stated}')
        return verdict


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def run_files(names: list[str], number: int, seed: int, root: Path) -> Iterator[Case]:
    """As many cases, the same for each reader."""
    for name in names:
        files = Files(READERS[name], root / str(len(list(root.iterdir()))))
        for i in range(number):
            rng = random.Random(f'{seed} {name} {i}')
            mutation = rng.choice(files.reader.mutations)
            data = mutation.change(rng, files.data)
            yield Case(name, i, mutation.name, files.try_one(mutation, data), data)


def run_images(number: int, seed: int, root: Path) -> Iterator[Case]:
    """Pictures of all endings in turn."""
    encoded = images.encoded()
    for i in range(number):
        ending = list(encoded)[i % len(encoded)]
        rng = random.Random(f'{seed} {ending} {i}')
        mutation, data = images.mutate(rng, encoded[ending])
        folder = root / 'image'
        shutil.rmtree(folder, ignore_errors=True)
        path = images.write(folder, ending, data)
        yield Case(f'image: {ending}', i, mutation, images.judge_image(folder, path), data)


def table(cases: list[Case]) -> str:
    """Outcomes a reader, in markdown."""
    outcomes = (*GOOD, *FAULTS)
    counts: dict[str, Counter] = {}
    for case in cases:
        counts.setdefault(case.reader, Counter())[case.verdict.outcome] += 1
    counts['all'] = sum(counts.values(), Counter())
    lines = [f'| reader | files | {" | ".join(outcomes)} |', '|---' + '|---:' * 10 + '|']
    for name, row in counts.items():
        cells = [str(row[outcome]) for outcome in outcomes]
        lines.append(f'| {name} | {row.total()} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def keep(case: Case, folder: Path) -> None:
    """Write a faulty case down."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = ''.join(c if c.isalnum() else '_' for c in f'{case.reader} {case.number}')
    (folder / f'{case.verdict.outcome}_{stem}').write_bytes(case.data)
    line = f'{case.verdict.outcome} | {case.reader} | {case.number} | {case.mutation} | '
    with open(folder / 'faults.txt', 'a', encoding='utf-8') as file:
        file.write(line + case.verdict.told.replace('\n', ' ') + '\n')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--cases', type=int, default=10_000, help='damaged files, of all readers')
    parser.add_argument('--images', type=int, default=1000, help='damaged pictures')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--only', default='', help='readers whose name has this')
    parser.add_argument('--keep', type=Path, default=Path('work_dirs/fuzz'))
    args = parser.parse_args()
    names = [name for name in READERS if args.only in name]
    start, cases = time.time(), []
    each = -(-args.cases // max(len(names), 1))
    with tempfile.TemporaryDirectory() as root:
        for one in run_files(names, each, args.seed, Path(root)):
            cases.append(one._replace(data=b''))
            if one.verdict.outcome in FAULTS:
                keep(one, args.keep)
        for one in run_images(args.images if args.only in 'images' else 0, args.seed, Path(root)):
            cases.append(one._replace(data=b''))
            if one.verdict.outcome in FAULTS:
                keep(one, args.keep)
    print(table(cases))
    faults = [case for case in cases if case.verdict.outcome in FAULTS]
    print(f'\n{len(cases)} files in {time.time() - start:.0f} s, {len(faults)} faults')
    for case in faults[:20]:
        print(case.verdict.outcome, case.reader, case.number, case.mutation, case.verdict.told)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
