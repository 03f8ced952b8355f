r"""Align the faces of a folder of pictures by five points.

Examples::

    python tools/dataset_tools/align_faces.py photos aligned --template rafdb --size 100 \
        --yunet face_detection_yunet.onnx --sheet sheet.png
    python tools/dataset_tools/align_faces.py RAF-DB/Image/original aligned --suffix _aligned \
        --template rafdb --size 100 --landmarks RAF-DB/Annotation/manual

The folder's tree is kept. A second run makes what is missing or older than its picture. crops.csv
tells which crop shows which box of which picture.
"""

import argparse
import csv
import hashlib
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.logging import MMLogger
from rich.progress import track

from mmfer.apis import DetectedFace, LandmarkFile, MobileFaceNetLandmarks, YuNetDetector
from mmfer.apis.align_folder import DONE, TILE, Job, Result, Task, align_picture, below, check_names
from mmfer.apis.alignment import POLICIES
from mmfer.apis.analysis import errors_in_one_line
from mmfer.apis.crop_list import FILE as LISTED
from mmfer.apis.crop_list import CropList
from mmfer.functional import FACE_TEMPLATES
from mmfer.utils.files import read_json, write_json
from mmfer.utils.image_folders import group_unread, tell_unread, walk_images
from mmfer.utils.image_size import MAX_PIXELS
from mmfer.utils.images import BORDERS, IMAGE_ENDINGS, write_image
from mmfer.visualization import contact_sheet

RECORD, MISSES = 'align_faces.json', 'not_aligned.csv'
PAIRS = 24  # pictures on the sheet


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('input', type=Path, help='a folder of pictures, or one picture')
    add('out', type=Path, help='a new folder, or that of an earlier run')
    where = 'where the face lies in the crop'
    add('--template', choices=tuple(FACE_TEMPLATES), required=True, help=where)
    add('--size', type=int, default=112, help="the crop's side, pixels")
    add('--margin', type=float, default=0.0, help='room around the template, share of its side')
    outside = 'what lies outside the picture: black, its edge, its mirror image'
    add('--border', choices=tuple(BORDERS), default='constant', help=outside)
    finder = "finds faces: OpenCV's face_detection_yunet, an .onnx file"
    add('--yunet', type=Path, metavar='MODEL', help=finder)
    add('--score', type=float, default=0.6, help='lowest score of a face (--yunet)')
    table = 'a table of 5, 68 or 98 points by its header, or file, x0, y0, ...; pixels or shares; '
    table += "AffectNet's CSV; RAF-DB's folder Annotation/manual; OpenFace's folder"
    add('--landmarks', type=Path, metavar='FILE', help=table)
    listed = 'with --landmarks: take points that do not look like faces, too'
    add('--as-listed', action='store_true', help=listed)
    weights = '68 landmarks, in the faces that --yunet finds, or without it in the whole picture'
    add('--mobilefacenet', type=Path, metavar='WEIGHTS', help=weights)
    which = 'which, where a picture has several'
    add('--faces', choices=POLICIES, default='largest', help=which)
    add('--suffix', default='', help="added to a crop's name, before its ending")
    add('--workers', type=int, default=1, help='processes')
    pixels = 'a picture whose header tells of more is not read; 0: any'
    add('--max-pixels', type=int, default=MAX_PIXELS, help=pixels)
    add('--sheet', type=Path, help='also write pictures beside their crops here')
    args = parser.parse_args()
    if args.landmarks and (args.yunet or args.mobilefacenet):
        parser.error('--landmarks gives the points; leave out --yunet and --mobilefacenet')
    if not (args.landmarks or args.yunet or args.mobilefacenet):
        parser.error('where do the points come from? Give --yunet, --landmarks or --mobilefacenet')
    if args.as_listed and not args.landmarks:
        parser.error('--as-listed is about --landmarks; leave it out')
    if args.max_pixels < 0:
        parser.error(f'--max-pixels {args.max_pixels}: 1 or more, or 0 for any size')
    if args.workers < 1:
        parser.error(f'--workers {args.workers}: at least 1 is needed')
    if args.size < 8:
        parser.error(f'--size {args.size}: at least 8 pixels are needed')
    if not -0.5 < args.margin < 10:
        parser.error(f'--margin {args.margin}: must be above -0.5 and below 10')
    return args


def make_finder(
    source: dict[str, Any], root: Path, pictures: list[Path] | None = None
) -> Callable[..., list[DetectedFace]]:
    """(image, path) -> faces; landmarks are held against the pictures."""
    if source['landmarks']:
        table = LandmarkFile(source['landmarks'], source.get('as_listed', False))
        if pictures:
            table.check_pictures(pictures, root)
        return lambda image, path: table.find(path, root, image.shape[1::-1])
    detector = None
    if source['yunet']:
        # MobileFaceNet needs boxes only.
        refine = dict(refine=()) if source['mobilefacenet'] else {}
        detector = YuNetDetector(source['yunet'], source['score'], **refine)
    if source['mobilefacenet']:
        detector = MobileFaceNetLandmarks(source['mobilefacenet'], detector)
    return lambda image, path: detector(image)


def fingerprint(path: Path) -> str:
    """Tells a file, or a folder's files by names and sizes, from another."""
    digest = hashlib.sha256()
    if path.is_dir():
        for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
            digest.update(f'{entry.name} {entry.stat().st_size}\n'.encode())
    else:
        digest.update(path.read_bytes())
        if path.suffix == '.xml':  # OpenVINO's layers; the weights are beside it
            digest.update(path.with_suffix('.bin').read_bytes())
    return digest.hexdigest()[:16]


def open_folder(job: Job) -> None:
    """Make the output folder, or check that it is of a run with these settings.

    Crops of two settings in one folder could not be told apart.
    """
    source = {
        kind: fingerprint(Path(value)) if isinstance(value, str) and value else value
        for kind, value in job.source.items()
    }
    settings = dict(job.settings, faces=job.faces, suffix=job.suffix, **source)
    record = job.out / RECORD
    if record.is_file():
        before = read_json(record)
        if not isinstance(before, dict):
            raise ValueError(f'{record} holds no settings: it was cut or edited; delete the folder')
        changed = [
            f'{key}: {before.get(key)} there, {settings.get(key)} now'
            for key in sorted({*before, *settings})
            if before.get(key) != settings.get(key)
        ]
        if changed:
            told = '; '.join(changed)
            raise SystemExit(
                f'{job.out} was made with other settings ({told}); give another folder'
            )
    elif job.out.exists() and any(job.out.iterdir()):
        raise SystemExit(
            f'{job.out} is not empty and has no {RECORD} of an earlier run; give a new folder'
        )
    job.out.mkdir(parents=True, exist_ok=True)
    write_json(record, settings)


def list_pictures(given: Path, out: Path) -> list[Path]:
    """The pictures to align; refuses an output folder that mixes with them."""
    if not given.exists():
        raise SystemExit(f'{given}: no such folder or picture')
    root = (given if given.is_dir() else given.parent).resolve()
    if out.resolve() == root or (given.is_dir() and root in out.resolve().parents):
        raise SystemExit(f'{out} is in the folder of the pictures; give one outside of {root}')
    if out.exists() and not out.is_dir():
        raise SystemExit(f'{out} is a file; give a folder')
    if given.is_file():
        return [given]
    walked = list(walk_images(str(given)))
    pictures = sorted(Path(path) for path, reason in walked if not reason)
    told = tell_unread(group_unread(walked))
    for line in told:
        print(f'{given}: {line}')
    if not pictures:
        raise SystemExit(f'{given} has no pictures ({", ".join(IMAGE_ENDINGS)})')
    return pictures


_worker: dict[str, Any] = {}


def start_worker(job: Job) -> None:
    """A process's own detector: OpenCV's networks cannot be sent."""
    cv2.setNumThreads(1)
    MMLogger.get_current_instance().setLevel('ERROR')  # the first process has told it
    _worker.update(job=job, finder=make_finder(job.source, job.root))


def work(task: Task) -> Result:
    return align_picture(_worker['job'], _worker['finder'], task)


def run(job: Job, tasks: list[Task], workers: int) -> list[Result]:
    # here also for several: it checks the files
    finder = make_finder(job.source, job.root, [task.path for task in tasks])
    open_folder(job)
    crops, results = CropList(job.out), []
    tasks = [task._replace(listed=below(task.path, job.root) in crops) for task in tasks]
    for result in track(align(job, finder, tasks, workers), 'aligning faces', len(tasks)):
        if result.crops:
            names = [below(crop, job.out) for crop in result.crops]
            for old in crops.put(below(result.path, job.root), names, result.faces):
                (job.out / old).unlink(missing_ok=True)  # of a face that is there no more
        results.append(result._replace(crops=(), faces=()))
    crops.close()
    return results


def align(job: Job, finder: Callable, tasks: list[Task], workers: int) -> Iterator[Result]:
    if workers == 1:
        yield from (align_picture(job, finder, task) for task in tasks)
        return
    # Not forked off this process: they would inherit half dead threads of OpenCV and torch. A fork
    # server imports once for all of them; Windows has none.
    server = 'forkserver' in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context('forkserver' if server else 'spawn')
    if server:
        context.set_forkserver_preload(['mmfer.apis'])
    with context.Pool(workers, start_worker, (job,)) as pool:
        yield from pool.imap(work, tasks, chunksize=8)


def report(job: Job, results: list[Result]) -> str:
    """Write the list of misses; what happened, in words."""
    misses = [r for r in results if r.status not in DONE]
    with open(
        job.out / MISSES, 'w', newline='', encoding='utf-8', errors='surrogateescape'
    ) as file:
        rows = csv.writer(file)
        rows.writerow(['file', 'reason'])
        for r in misses:
            reason = r.reason if r.status == 'no face' else f'{r.status}: {r.reason}'
            rows.writerow([below(r.path, job.root), reason])
    count = Counter(r.status for r in results)
    counts = (f'{count[status]} {status}' for status in (*DONE, 'no face', 'unreadable', 'failed'))
    lines = [f'{len(results)} pictures: {", ".join(counts)}']
    several = sum(r.found > 1 for r in results)
    if several:
        lines.append(f'several faces in {several}; kept: {job.faces}')
    if misses:
        lines.append(f'not aligned: {job.out / MISSES}')
    return '\n'.join([*lines, f'crops: {job.out}; which shows which face: {LISTED}'])


def main() -> None:
    args = parse_args()
    pictures = list_pictures(args.input, args.out)
    root = args.input if args.input.is_dir() else args.input.parent
    given = ('yunet', 'landmarks', 'mobilefacenet')
    source = dict({kind: str(getattr(args, kind) or '') for kind in given}, score=args.score)
    if args.as_listed:  # else not named, for folders that were made before there was this choice
        source['as_listed'] = True
    settings = dict(template=args.template, size=args.size, margin=args.margin, border=args.border)
    limit = args.max_pixels or None
    job = Job(root, args.out, source, args.faces, args.suffix, settings, limit)
    if clash := check_names(job, pictures):
        raise SystemExit(clash)
    number = min(PAIRS, len(pictures)) if args.sheet else 0
    shown = set(np.linspace(0, len(pictures) - 1, number).round().astype(int).tolist())
    tasks = [Task(path, i in shown) for i, path in enumerate(pictures)]
    with errors_in_one_line('align_faces'):
        results = run(job, tasks, args.workers)
    print(report(job, results))
    tiles = [tile for r in results for tile in r.tiles]
    if tiles:
        pictures = [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for _, picture in tiles]
        sheet = contact_sheet(pictures, [caption for caption, _ in tiles], columns=8, cell=TILE)
        write_image(args.sheet, cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
        print(f'sheet: {args.sheet}')
    if not any(r.status in DONE for r in results):
        sys.exit(1)


if __name__ == '__main__':
    main()
