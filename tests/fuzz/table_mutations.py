"""Seeded damage to tables: fields, rows, columns, ids, and other spellings of the same."""

import codecs
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from fuzz.mutations import ANY, FORMAT, LINES, LOCAL, MEANING, Mutation

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


def _rows(data: bytes, table: Table) -> tuple[list[str], list[list[str]]]:
    lines = data.decode().rstrip('\n').split('\n')
    return lines[: table.head], [line.split(table.delimiter) for line in lines[table.head :]]


def _join(head: list[str], rows: list[list[str]], delimiter: str) -> bytes:
    return ('\n'.join([*head, *map(delimiter.join, rows)]) + '\n').encode()


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
