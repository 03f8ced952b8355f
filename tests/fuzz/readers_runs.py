"""What runs leave behind, weights, archives, and the other files that tools read."""

import csv
import json
import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from fuzz.mutations import ANY, LINES
from fuzz.readers import Reader, add
from fuzz.table_mutations import Table, of_table
from mmengine.logging import MMLogger

import mmfer.models  # noqa: F401
from mmfer.apis.analysis import read_results
from mmfer.data_report.state import STATE, finish, is_current
from mmfer.engine.benchmarks import read_rows
from mmfer.engine.hooks.accuracy_summary_hook import AccuracySummaryHook, summarise
from mmfer.engine.resume.checkpoints import find_checkpoint
from mmfer.synthetic.dataset import DONE, FORMAT, _begin
from mmfer.visualization import read_curve, read_disambiguation, read_losses

ROOT = Path(__file__).parents[2]
TEXT = [*LINES, *ANY]


# -- results


def _results(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    samples = [
        dict(
            img_path=f'faces/{i}.jpg',
            gt_label=torch.tensor([i % 7]),
            pred_label=torch.tensor([int(rng.integers(7))]),
            pred_score=torch.tensor(rng.random(7), dtype=torch.float32),
            num_classes=7,
        )
        for i in range(30)
    ]
    (folder / 'results.pkl').write_bytes(pickle.dumps(samples))
    return folder / 'results.pkl'


def _read_results(folder: Path) -> dict:
    samples, target, prediction = read_results(folder / 'results.pkl', 'img_path')
    return dict(zip([s['img_path'] for s in samples], zip(target.tolist(), prediction.tolist())))


add(Reader('results.pkl', _results, _read_results, ANY, whole=True))


# -- files of a run


def _accuracy(folder: Path) -> Path:
    values = {epoch: 50 + epoch / 4 for epoch in range(1, 13)}
    content = {
        f'accuracy/{name}': dict(by_epoch=values, **summarise(values))
        for name in ('top1', 'mean_class')
    }
    (folder / 'accuracy.json').write_text(json.dumps(content, indent=1) + '\n')
    return folder / 'accuracy.json'


def _read_accuracy(folder: Path) -> dict:
    curve = read_curve(folder, 'accuracy/top1')
    return curve.by_epoch | {name: getattr(curve, name) for name in ('last', 'last5', 'best')}


def _resume_accuracy(folder: Path) -> dict:
    """A damaged file is set aside with a warning; the run goes on."""
    hook = AccuracySummaryHook()
    logger = MMLogger.get_current_instance()
    runner = SimpleNamespace(
        work_dir=str(folder), epoch=12, iter=120, val_loop=1, train_loop=None, logger=logger
    )
    hook.before_train(runner)
    return hook.values['accuracy/top1']


add(Reader('accuracy.json', _accuracy, _read_accuracy, TEXT))
add(Reader('accuracy.json, --resume', _accuracy, _resume_accuracy, TEXT))


def _disambiguation(folder: Path) -> Path:
    numbers = dict(share_clean=0.5, confidence_clean=0.4, share_decided=0.1)
    entry = dict(numbers, by_class={key: [0.5, 0.5] for key in numbers}, chosen=[[0.5, 0.5]])
    content = dict(
        classes=['a', 'b'],
        images=9,
        ambiguous=4,
        ambiguous_by_class=[2, 2],
        covered=3,
        chosen=[dict(name='a.jpg', sample_idx=0, given=0, clean=1, candidates=[0, 1])],
        by_epoch=dict.fromkeys(range(4), entry),
    )
    (folder / 'disambiguation.json').write_text(json.dumps(content, indent=1) + '\n')
    return folder / 'disambiguation.json'


def _read_disambiguation(folder: Path) -> dict:
    run = read_disambiguation(folder)
    series = {key: run.series(key)[1].tolist() for key in ('share_clean', 'share_decided')}
    return series | dict(run._asdict(), by_epoch=sorted(run.by_epoch))


add(Reader('disambiguation.json', _disambiguation, _read_disambiguation, TEXT))


def _scalars(folder: Path) -> Path:
    path = folder / '20260101_000000/vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    lines = [json.dumps(dict(loss=1 / s, loss_ce=0.5, lr=0.1, step=s)) for s in range(1, 20)]
    path.write_text('\n'.join([*lines, json.dumps({'accuracy/top1': 5.0, 'step': 2}), '']))
    return path


def _read_losses(folder: Path) -> dict:
    steps: dict = {}
    for name, pairs in read_losses(folder).items():
        for step, value in pairs:
            steps.setdefault(step, {})[name] = value
    return steps


add(Reader('scalars.json', _scalars, _read_losses, TEXT))


def _report_state(folder: Path) -> Path:
    (folder / 'report.md').write_text('x')
    finish(folder, 'f' * 64, ['report.md'])
    return folder / STATE


add(
    Reader(
        'state of a data report',
        _report_state,
        lambda f: dict(current=is_current(f, 'f' * 64)),
        TEXT,
        whole=True,
    )
)


def _pointer(folder: Path) -> Path:
    for epoch in (1, 2):
        torch.save(dict(state_dict={}, meta=dict(iter=epoch)), folder / f'epoch_{epoch}.pth')
    (folder / 'last_checkpoint').write_text(f'{folder}/epoch_2.pth')
    return folder / 'last_checkpoint'


def _newest(folder: Path) -> dict:
    return dict(name=find_checkpoint(folder).path.name)


add(Reader('last_checkpoint', _pointer, _newest, ANY, whole=True))


def _marker(folder: Path) -> Path:
    (folder / DONE).write_text(json.dumps(dict(SETTINGS, format=FORMAT), indent=2) + '\n')
    return folder / DONE


def _drawn(folder: Path) -> dict:
    return dict(anew=_begin(folder, SETTINGS))


SETTINGS = dict(seed=5, train=21, test=14, size=32, balance='natural')
add(Reader('marker of drawn faces', _marker, _drawn, TEXT, whole=False))


# -- tables of tools


def _tool(name: str) -> dict:
    return runpy.run_path(str(ROOT / 'tools' / name))


def _meta(folder: Path) -> Path:
    with open(folder / 'meta.csv', 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['file', 'pose', 'yaw'])
        writer.writerows([f'a/{i}.jpg', ('turned', 'frontal')[i % 2], i / 2] for i in range(20))
    return folder / 'meta.csv'


BREAKDOWN = _tool('analysis_tools/breakdown.py')
MAKE_NOISE = _tool('dataset_tools/make_noise.py')


def _read_meta(folder: Path) -> dict:
    rows = BREAKDOWN['read_meta'](folder / 'meta.csv', ['pose', 'yaw'])
    return {row['file']: (row['pose'], row['yaw']) for row in rows}


NAMED = dict(exchange_column_below='the header alone says which column is which')
add(Reader('meta.csv of breakdown.py', _meta, _read_meta, of_table(Table(ids=())), NAMED))


def _matrix(folder: Path) -> Path:
    rows = 0.7 * np.eye(7) + 0.3 * np.roll(np.eye(7), 1, axis=1)
    np.savetxt(folder / 'matrix.txt', rows, fmt='%.2f', delimiter=',')
    return folder / 'matrix.txt'


def _matrix_npy(folder: Path) -> Path:
    np.save(folder / 'matrix.npy', 0.7 * np.eye(7) + 0.3 * np.roll(np.eye(7), 1, axis=1))
    return folder / 'matrix.npy'


def _read_matrix(folder: Path) -> dict:
    matrix = MAKE_NOISE['read_matrix'](next(folder.iterdir()), 7)
    return dict(enumerate(map(tuple, matrix.tolist())))


ORDER = 'rows and columns stand in the order of the classes'
order = dict.fromkeys(('shuffled', 'exchange_column', 'swap_lines'), ORDER)
comma = Table(',', 0, named=False, ids=())
add(Reader('matrix of make_noise.py, text', _matrix, _read_matrix, of_table(comma), order))
add(Reader('matrix of make_noise.py, .npy', _matrix_npy, _read_matrix, ANY, whole=True))


def _benchmark(folder: Path) -> Path:
    (folder / 'benchmarks').mkdir()
    (folder / 'a.py').write_text('x = 1\n')
    text = 'title: t\nsource: s\nconfig: a.py\nrows:\n'
    text += ''.join(f'- name: row{i}\n  what: w{i}\n  noise: symmetric:.{i}\n' for i in range(1, 6))
    (folder / 'benchmarks/b.yml').write_text(text)
    return folder / 'benchmarks/b.yml'


def _read_benchmark(folder: Path) -> dict:
    return {row.name: (row.what, row.noise) for row in read_rows(folder / 'benchmarks/b.yml')}


add(Reader('rows of a benchmark', _benchmark, _read_benchmark, TEXT, whole=True))
