"""Lists of some images of a split, such as RAN's of faces that are turned or occluded.

RAN's (TIP 2020), of the test images of FERPlus and RAF-DB and AffectNet's validation images::

    0/fer0032226.jpg               pose_30_ferplus_list.txt
    1_fer0034656.png 8 0           jianfei_occlusion_list.txt, of FERPlus
    0/test_0004_aligned.jpg        val_raf_db_list.txt (30 degrees), val_raf_db_list_45.txt
    test_0003_aligned 3 4          rafdb_occlusion_list.txt
    0/83dac9d7eec7fb...jpg         pose_30_affectnet_list.txt
    val/0/bc9ad400db82eca1.../     occlusion_affectnet_list.txt

Which image is meant is told by its name; the labels are the data set's own.
"""

from mmengine.logging import MMLogger

from .image_table import Images, name_finder
from .text import need_file, read_lines

SHOWN = 3


def read_subset(path: str, images: Images) -> set[str]:
    """The names of those images that a list names: a name a line, perhaps with more after a blank
    or a comma. The log tells how many, and warns of lines that name none of them.

    Raises:
        FileNotFoundError: Where there is no such file.
        ValueError: Where no line names an image, or the list is empty.
    """
    need_file(path, 'subset_file', 'it is taken below data_root unless absolute')
    find, found, lost, count = name_finder(images), set(), [], 0
    for number, text in read_lines(path):
        if text.startswith('#'):
            continue
        count += 1
        words = (text, text.split(',')[0].strip(), text.split()[0])
        name = next(filter(None, map(find, words)), None)
        if name is None:
            lost.append(f'line {number}: {text[:80]!r}')
        else:
            found.add(name)
    if not found:
        raise ValueError(
            f'{path}: none of its {count} lines names one of the {len(images.names)} images here, '
            f'such as {list(images.names[:SHOWN])}; the first are {lost[:SHOWN]}. Is it the list '
            'of this data set, release and split?'
        )
    logger = MMLogger.get_current_instance()
    logger.info(f'{path}: {count} lines name {len(found)} of the {len(images.names)} images')
    if lost:
        logger.warning(
            f'{path}: {len(lost)} of {count} lines name no image that is read (of another split, '
            f'or left out by the rules of the data set), the first are {lost[:SHOWN]}'
        )
    return found
