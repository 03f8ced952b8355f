"""What the host remembers between copies."""

import pytest
from mmengine.dataset import BaseDataset

from mmfer import compat


class Listed(BaseDataset):
    """Two images, and another data set among its parts."""

    def __init__(self, part=None):
        self.part = part
        super().__init__()

    def load_data_list(self):
        return [dict(number=0), dict(number=1)]


@pytest.mark.skipif(not compat.copy_subsets_apart.concerned, reason='no fault: the fork')
def test_fault():
    copy, first = BaseDataset._copy_without_annotation.__wrapped__, Listed()
    earlier = copy(first)
    # what was copied once is not copied again, be it by chance of its id
    assert copy(Listed(first)).part is earlier


def test_cure():
    first = Listed()
    earlier = first._copy_without_annotation()
    for number in (0, 1):
        found = Listed(first).get_subset([number])
        assert isinstance(found.part, Listed) and found.part is not earlier
        assert [found.get_data_info(i)['number'] for i in range(len(found))] == [number]
    # a memory that is handed in is used
    memo = {id(first): earlier}
    assert Listed(first)._copy_without_annotation(memo).part is earlier
