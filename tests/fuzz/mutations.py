"""Seeded damage to files: what happens to them on disks, in spreadsheets, by scripts of others.

Each mutation takes a generator and the file's bytes and returns other bytes. Three kinds:

- ``format``: another spelling of the same content (line ends, delimiter, byte order mark);
- ``local``: damage to some places, whatever these are;
- ``meaning``: all rows say something else, each of them well formed.
"""

import codecs
from collections.abc import Callable
from random import Random
from typing import NamedTuple

FORMAT, LOCAL, MEANING = 'format', 'local', 'meaning'
ODD = (
    *('nan', 'inf', '-inf', '1e999', '-1', '1.5', '99999999999999999999', '1e308', '', ' ', '0'),
    *('\uff11', '0x1', '1_0', 'True', 'none', 'NaN', '-0', '+1', '1,5', '3.0', 'anger', '[]', '{}'),
)


class Table(NamedTuple):
    """How a text file is laid out: ``delimiter``, lines above the first row (``head``), of which
    the last names the columns where ``named``, and the columns of names and ids."""

    delimiter: str = ','
    head: int = 1
    named: bool = True
    name: int = 0
    ids: tuple[int, ...] = (1,)


class Mutation(NamedTuple):
    name: str
    kind: str
    change: Callable[[Random, bytes], bytes]


def _rows(data: bytes, table: Table) -> tuple[list[str], list[list[str]]]:
    lines = data.decode().rstrip('\n').split('\n')
    return lines[: table.head], [line.split(table.delimiter) for line in lines[table.head :]]


def _join(head: list[str], rows: list[list[str]], delimiter: str) -> bytes:
    return ('\n'.join([*head, *map(delimiter.join, rows)]) + '\n').encode()


# -- of any file


def flip_bits(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8)) if data else 0):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def replace_bytes(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + rng.randbytes(rng.randint(1, 8)) + data[start + rng.randint(1, 8) :]


def cut_out(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.choice((1, 2, 7, 64)) :]


def insert_bytes(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    what = rng.choice((b'\0', b'\0\0\0\0', b'\xff', b'\xe9', b'"', b"'", b'#', b'\n', b'\r', b'\t'))
    return data[:start] + what + data[start:]


def truncate(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def truncate_a_little(rng: Random, data: bytes) -> bytes:
    return data[: max(0, len(data) - rng.randint(1, 16))]


def zero_a_block(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    length = min(rng.choice((16, 64, 512)), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def repeat_a_block(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    block = data[start : start + rng.choice((3, 30, 300))]
    return data[:start] + block + data[start:]


def append_garbage(rng: Random, data: bytes) -> bytes:
    return data + rng.randbytes(rng.choice((1, 10, 100)))


def whole_other_file(rng: Random, data: bytes) -> bytes:
    others = (
        *(b'', b'\0' * 64, b'<!DOCTYPE html><html>', b'PK\3\4' + b'\0' * 60, b'\n', b'\xff\xfe'),
        b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    )
    return rng.choice((*others, rng.randbytes(200), b'[' * 5000, b'{"a":' * 3000, b'9' * 5000))


ANY = [
    Mutation(change.__name__, LOCAL, change)
    for change in (
        *(flip_bits, replace_bytes, cut_out, insert_bytes, truncate, truncate_a_little),
        *(zero_a_block, repeat_a_block, append_garbage, whole_other_file),
    )
]


# -- of lines


def _of_lines(change: Callable[[Random, list[bytes]], list[bytes]]):
    def mutate(rng: Random, data: bytes) -> bytes:
        return b'\n'.join(change(rng, data.split(b'\n')))

    return mutate


def _remove_line(rng: Random, lines: list[bytes]) -> list[bytes]:
    place = rng.randrange(len(lines))
    return lines[:place] + lines[place + 1 :]


def _duplicate_line(rng: Random, lines: list[bytes]) -> list[bytes]:
    place = rng.randrange(len(lines))
    return [*lines[:place], lines[place], *lines[place:]]


def _swap_lines(rng: Random, lines: list[bytes]) -> list[bytes]:
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def _join_lines(rng: Random, lines: list[bytes]) -> list[bytes]:
    place = rng.randrange(len(lines))
    return [*lines[:place], b''.join(lines[place : place + 2]), *lines[place + 2 :]]


def _long_line(rng: Random, lines: list[bytes]) -> list[bytes]:
    place = rng.randrange(len(lines))
    lines[place] *= 1 + 2_000_000 // max(len(lines[place]), 1)
    return lines


LINES = [
    Mutation('remove_line', LOCAL, _of_lines(_remove_line)),
    Mutation('duplicate_line', LOCAL, _of_lines(_duplicate_line)),
    Mutation('swap_lines', LOCAL, _of_lines(_swap_lines)),
    Mutation('join_lines', LOCAL, _of_lines(_join_lines)),
    Mutation('long_line', LOCAL, _of_lines(_long_line)),
]


# -- of tables


def _in_a_row(change: Callable[[Random, list[str]], list[str]], table: Table):
    def mutate(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        place = rng.randrange(len(rows))
        rows[place] = change(rng, rows[place])
        return _join(head, rows, table.delimiter)

    return mutate


def _odd_field(rng: Random, row: list[str]) -> list[str]:
    row[rng.randrange(len(row))] = rng.choice(ODD)
    return row


def _drop_field(rng: Random, row: list[str]) -> list[str]:
    del row[rng.randrange(len(row))]
    return row


def _add_field(rng: Random, row: list[str]) -> list[str]:
    row.insert(rng.randrange(len(row) + 1), rng.choice(ODD))
    return row


def _swap_fields(rng: Random, row: list[str]) -> list[str]:
    a, b = rng.randrange(len(row)), rng.randrange(len(row))
    row[a], row[b] = row[b], row[a]
    return row


def _in_the_header(table: Table):
    def mutate(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        place = rng.randrange(len(head))
        words = head[place].split(table.delimiter)
        at = rng.randrange(len(words))
        words[at] = rng.choice((*ODD, words[at][1:], words[at].upper(), rng.choice(words)))
        head[place] = table.delimiter.join(words)
        return _join(head, rows, table.delimiter)

    return mutate


def _respell(table: Table) -> list[Mutation]:
    def delimiter(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        other = rng.choice([d for d in ',;\t|' if d != table.delimiter and d.encode() not in data])
        named = [head[-1].replace(table.delimiter, other)] if table.named and head else []
        return _join([*head[: len(head) - len(named)], *named], rows, other)

    def quoted(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        return _join(head, [[f'"{field}"' for field in row] for row in rows], table.delimiter)

    def shuffled(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        rng.shuffle(rows)
        return _join(head, rows, table.delimiter)

    def blanks(rng: Random, data: bytes) -> bytes:
        return b'\n'.join(line + b' ' * rng.randint(0, 3) for line in data.split(b'\n'))

    def blank_lines(rng: Random, data: bytes) -> bytes:
        return data.replace(b'\n', b'\n\n')

    changes: list[Callable] = [shuffled, blanks, blank_lines]
    changes += [quoted, delimiter] if table.delimiter != ' ' else []
    same = {
        'crlf': lambda rng, data: data.replace(b'\n', b'\r\n'),
        'old_mac': lambda rng, data: data.replace(b'\n', b'\r'),
        'bom': lambda rng, data: codecs.BOM_UTF8 + data,
        'utf16': lambda rng, data: data.decode().encode('utf-16'),
        'no_last_line_end': lambda rng, data: data.rstrip(b'\n'),
        **{change.__name__: change for change in changes},
    }
    return [Mutation(name, FORMAT, change) for name, change in same.items()]


def _shift_ids(table: Table, by: int):
    def mutate(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        for row in rows:
            for place in table.ids:
                row[place] = str(int(row[place]) + by)
        return _join(head, rows, table.delimiter)

    return mutate


def _permute_ids(table: Table):
    """Each id becomes another, as in another order of the classes."""

    def mutate(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        ids = sorted({row[place] for row in rows for place in table.ids})
        turn = rng.randrange(1, len(ids))
        other = dict(zip(ids, ids[turn:] + ids[:turn]))
        for row in rows:
            for place in table.ids:
                row[place] = other[row[place]]
        return _join(head, rows, table.delimiter)

    return mutate


def _columns(change: Callable[[Random, list[str]], None], table: Table, header: bool):
    """The same change of columns in all rows; in the header, too, where asked."""

    def mutate(rng: Random, data: bytes) -> bytes:
        head, rows = _rows(data, table)
        named = [head.pop().split(table.delimiter)] if header and table.named and head else []
        seed = rng.random()
        for row in [*named, *rows]:
            change(Random(seed), row)
        return _join([*head, *map(table.delimiter.join, named)], rows, table.delimiter)

    return mutate


def _drop(rng: Random, row: list[str]) -> None:
    del row[rng.randrange(len(row))]


def _double(rng: Random, row: list[str]) -> None:
    row.insert(rng.randrange(len(row) + 1), row[rng.randrange(len(row))])


def _exchange(rng: Random, row: list[str]) -> None:
    a, b = rng.sample(range(len(row)), 2) if len(row) > 1 else (0, 0)
    row[a], row[b] = row[b], row[a]


def of_table(table: Table) -> list[Mutation]:
    """All mutations of a table's file."""
    rows = (_odd_field, _odd_field, _drop_field, _add_field, _swap_fields)
    found = [Mutation(c.__name__.strip('_'), LOCAL, _in_a_row(c, table)) for c in rows]
    if table.head:
        found.append(Mutation('header_field', LOCAL, _in_the_header(table)))
    found += _respell(table)
    if table.ids:
        found += [Mutation(f'ids{by:+d}', MEANING, _shift_ids(table, by)) for by in (1, -1)]
        found.append(Mutation('other_class_order', MEANING, _permute_ids(table)))
    for change in (_drop, _double, _exchange):
        name = f'{change.__name__.strip("_")}_column'
        found.append(Mutation(name, MEANING, _columns(change, table, True)))
        if table.named and table.head:
            found.append(Mutation(f'{name}_below', MEANING, _columns(change, table, False)))
    return [*found, *LINES, *ANY]
