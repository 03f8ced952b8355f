"""Lists of images below a header that says where they come from."""

import hashlib
import json
from collections.abc import Sequence

from .text import read_lines


class Header(dict):
    """Key to value, and in ``lines`` key to line number."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines: dict[str, int] = {}


def check_names(names: Sequence[str]) -> None:
    """Refuse image names that would not read back.

    Raises:
        ValueError: on a name that begins with #, has spaces at an end, or line ends.
    """
    for name in names:
        if name.startswith('#') or name != name.strip() or not name.isprintable():
            raise ValueError(
                f'the image name {name!r} begins with #, or has spaces at an end or line ends, and '
                'would not read back; rename the file'
            )


def write_rows(path: str, mark: str, header: dict, rows: Sequence[str]) -> Header:
    """Write ``mark``, then ``# key: value`` (JSON) a line, then the rows.

    Args:
        path: a file to write; its folder has to be there.
        mark: the first line, which tells the kind of file.

    Returns:
        The header with the rows' ``sha256``.
    """
    header = Header(header, sha256=digest(rows))
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write(mark + '\n')
        for key, value in header.items():
            file.write(f'# {key}: {json.dumps(value)}\n')
        for row in rows:
            file.write(row + '\n')
    return header


def read_header(path: str, mark: str) -> Header | None:
    """The header of a file of :func:`write_rows`; None without that mark.

    Raises:
        ValueError: on a header line that cannot be read.
    """
    header = None
    for position, (number, text) in enumerate(read_lines(path)):
        if position == 0 and text == mark:
            header = Header()
        elif header is None or not text.startswith('# '):
            break
        else:
            key, _, value = text[2:].partition(': ')
            try:
                header[key] = json.loads(value)
            except json.JSONDecodeError:
                raise ValueError(
                    f'{path}, line {number}: {text[:80]!r} is no "# key: value" of its header'
                ) from None
            header.lines[key] = number
    return header


def check_header(
    path: str, header: Header, rows: Sequence[str], classes: Sequence[str], tool: str
) -> None:
    """Refuse a file for other classes, or one that was changed.

    Args:
        rows: as they were written.
        tool: what makes such a file, for the message.

    Raises:
        ValueError: names the file, and the line where there is one.
    """
    if missing := {'classes', 'id_base', 'sha256'} - set(header):
        raise ValueError(f'{path}: its header lacks {sorted(missing)}; write it anew with {tool}')
    if list(classes) != header['classes']:
        raise ValueError(
            f'{path}, line {header.lines["classes"]}: was made for the classes {header["classes"]} '
            f'({len(header["classes"])}) of {header.get("dataset", "another data set")}, but this '
            f'data set has {list(classes)} ({len(classes)}); make a file for it with {tool}'
        )
    if digest(rows) != header['sha256']:
        raise ValueError(
            f'{path}, line {header.lines["sha256"]}: its rows are not those that were written '
            f'(sha256 {header["sha256"][:12]}... in the header): the file was edited or cut. Write '
            'it anew, or take the header lines (#) out'
        )


def digest(rows: Sequence[str]) -> str:
    """sha256 of the rows.

    >>> digest(['a.jpg 1'])[:12]
    '456e3cff0be9'
    """
    return hashlib.sha256('\n'.join(rows).encode()).hexdigest()
