"""ExpW's label.lst: a row a face, several of a picture."""

from collections.abc import Iterator

from .text import need_file, parse_id, parse_number, read_lines

FIELDS = (
    'image_name face_id_in_image face_box_top face_box_left face_box_right face_box_bottom '
    'face_box_confidence expression_label'
)


def read_expw_list(path: str) -> Iterator[tuple[str, str, int, tuple[float, ...], int]]:
    """Where a row stands, its picture, the number of the face in it, (x, y, width, height) of its
    box in pixels, and its class id as in the file.

    Raises:
        ValueError: On a row of another form; where most boxes have no size, so that their columns
            are others.
    """
    need_file(path, 'ExpW list', 'set data_root to the folder that holds label.lst')
    rows = []
    for number, text in read_lines(path):
        where, fields = f'{path}, line {number}', text.rsplit(maxsplit=7)
        if number == 1 and text == FIELDS:
            continue
        name, *rest = fields
        sides = [parse_number(field) for field in rest[1:6]]
        face, class_id = (parse_id(rest[i]) if len(rest) == 7 else None for i in (0, -1))
        if len(rest) != 7 or None in (*sides, face, class_id):
            raise ValueError(f'{where}: {text[:120]!r} is not "{FIELDS}", parted by blanks')
        top, left, right, bottom, _ = sides
        rows.append((where, name, face, (left, top, right - left, bottom - top), class_id))
    if empty := [row for row in rows if min(row[3][2:]) <= 0]:
        if 2 * len(empty) > len(rows):
            raise ValueError(
                f'{empty[0][0]}: the box (x, y, width, height) = {empty[0][3]} has no size, as '
                f'{len(empty)} of {len(rows)}; are the columns {FIELDS!r}, in this order?'
            )
    yield from rows
