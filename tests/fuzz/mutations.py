"""Seeded damage to files: what happens to them on disks, in spreadsheets, by scripts of others.

Each mutation takes a generator and the file's bytes and returns other bytes. Three kinds:

- ``format``: another spelling of the same content (line ends, delimiter, byte order mark);
- ``local``: damage to some places, whatever these are;
- ``meaning``: all rows say something else, each of them well formed.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

FORMAT, LOCAL, MEANING = 'format', 'local', 'meaning'


class Mutation(NamedTuple):
    name: str
    kind: str
    change: Callable[[Random, bytes], bytes]


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
