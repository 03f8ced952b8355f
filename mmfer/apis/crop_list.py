"""Which crop shows which face of which picture: a table beside the crops."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmfer.utils.files import write_whole

from .detection import DetectedFace

FILE = 'crops.csv'
COLUMNS = ('crop', 'picture', 'face', 'x', 'y', 'width', 'height', 'score')
_ODD_NAMES = dict(encoding='utf-8', errors='surrogateescape')


class CropList:
    """The rows of a folder's ``crops.csv``, in pixels of the picture; ``face`` counts from 1, in
    the order of :func:`~mmfer.apis.choose_faces`.

    Rows are on the disk once :meth:`put` returns, so that after a run that was stopped those of
    whole pictures are there; :meth:`close` writes the file anew, sorted, a picture once.
    """

    def __init__(self, folder: Path):
        self.path = folder / FILE
        self._rows: dict[str, list[list[str]]] = {}
        if self.path.is_file():
            text = self.path.read_bytes().decode(**_ODD_NAMES)
            for row in _whole_rows(text):
                rows = self._rows.setdefault(row[1], [])
                if row[2] == '1':
                    rows.clear()  # made anew
                rows.append(row)
            if self._rows and not text.endswith('\n'):  # a row was cut short, perhaps of the last
                self._rows.pop(row[1])
        self._file = None

    def __contains__(self, picture: str) -> bool:
        return picture in self._rows

    def put(self, picture: str, crops: Sequence[str], faces: Sequence[DetectedFace]) -> list[str]:
        """List a picture's crops, from its largest face on. Returns the crops listed for it before
        that are none of these."""
        before = [row[0] for row in self._rows.get(picture, ())]
        self._rows[picture] = [
            [crop, picture, str(number), *_format((*face.box, face.score))]
            for number, (crop, face) in enumerate(zip(crops, faces, strict=True), 1)
        ]
        if self._file is None:
            self._write()
            self._file = open(self.path, 'ab', buffering=0)  # a picture's rows at once
        else:
            self._file.write(_lines(self._rows[picture]))
        return [crop for crop in before if crop not in crops]

    def close(self) -> None:
        """Write the table in order, whole or not at all."""
        if self._file is not None:
            self._file.close()
        self._write()

    def _write(self) -> None:
        rows = [row for picture in sorted(self._rows) for row in self._rows[picture]]
        write_whole(self.path, _lines([COLUMNS, *rows]))


def _whole_rows(text: str) -> Iterator[list[str]]:
    """Rows that were written to their ends."""
    text = text[: text.rfind('\n') + 1]
    for row in csv.reader(io.StringIO(text, newline='')):
        if len(row) == len(COLUMNS) and row != [*COLUMNS]:
            yield row


def _format(numbers: Sequence[float]) -> list[str]:
    return [f'{float(number):.6g}' for number in numbers]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline='')
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(**_ODD_NAMES)
