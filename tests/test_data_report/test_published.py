"""The published counts are of classes that the readers have."""

from mmfer.data_report import published_counts
from mmfer.data_report.published import COUNTS
from mmfer.datasets import RAFDB, AffectNet, FERPlus


def test_published_counts_fit_the_readers():
    readers = dict(RAFDB=RAFDB, FERPlus=FERPlus, AffectNet=AffectNet)
    for (name, variant, split), published in COUNTS.items():
        reader = readers[name]
        assert split in reader.SPLITS
        classes = 7 if variant == '7' else len(reader.METAINFO['classes'])
        if published.per_class is not None:
            assert len(published.per_class) == classes
            assert published.totals == (sum(published.per_class),)
    totals = {
        split: published_counts('FERPlus', split, 'label.csv').totals
        for split in ('train', 'valid', 'test')
    }
    assert totals == dict(train=(25045,), valid=(3191,), test=(3137,))
    assert published_counts('RAFDB', 'train').totals == (12271,)
    assert published_counts('AffectNet', 'train', '7').totals == (283901,)
    assert published_counts('FERFolder', 'train') is None
