"""Which images are copies, and which of them are leaks."""

from mmfer.data_report.duplicates import Copy, find_duplicates, summarise


def test_faces_of_one_photo_are_no_copies():
    """The contents are the pixels and the box; empty contents (no image) are never equal."""
    copies = [Copy('train', name, 'fear') for name in 'abcd']
    found = find_duplicates([b'', b'', b'photo box 1', b'photo box 2'], copies, ['train'])
    assert found.groups == [] and found.leaks == []


def test_copies_in_two_training_sets_are_no_leak():
    copies = [Copy('train', 'a', 'fear'), Copy('auto', 'b', 'fear'), Copy('valid', 'c', 'anger')]
    found = find_duplicates([b'x'] * 3, copies, ['train', 'auto'])
    assert [(leak.tested.path, leak.known.path) for leak in found.leaks] == [('c', 'a')]
    assert summarise(found.groups) == dict(groups=1, images=3, groups_with_different_labels=1)
    test = [Copy('valid', 'a', 'fear'), Copy('test', 'b', 'fear')]
    assert len(find_duplicates([b'x'] * 2, test, ['train']).leaks) == 1
