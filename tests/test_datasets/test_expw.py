import pytest

from mmfer.datasets import ExpW, UnlabelledFER

FOLDERS = {
    'owners': ('label/label.lst', 'image/origin'),
    'data': ('data/label/label.lst', 'data/image/origin'),
    'flat': ('label.lst', 'origin'),
    'kaggle': ('label.lst', 'image'),
}


@pytest.fixture
def expw(tmp_path, make_image):
    """Returns a function that writes 40 pictures, every second with two faces."""

    def write(layout='owners', extra=()):
        listed, images = FOLDERS[layout]
        rows = []
        for i in range(40):
            make_image(tmp_path / images / f'face_{i}.jpg', 6 * i)
            for face in range(1 + i % 2):
                rows.append(f'face_{i}.jpg {face} 1 {2 + face} 8 9 90 {(i + face) % 7}')
        (tmp_path / listed).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / listed).write_text('\n'.join([*rows, *extra]) + '\n')
        return str(tmp_path)

    return write


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


@pytest.mark.parametrize('layout', FOLDERS)
def test_faces_and_their_boxes(expw, layout, told):
    data = ExpW(expw(layout), split='all')
    assert len(data) == 60 and data.CLASSES[3] == 'happiness'
    second = infos(data)[2]
    assert second['name'] == 'face_1.jpg#1' and second['gt_label'] == 2
    assert second['face_box'] == (3, 1, 5, 8)
    assert any('layout of ExpW: official' in line for line in told)


def test_the_faces_of_a_picture_are_on_one_side(expw):
    root = expw()
    train, test = (infos(ExpW(root, split=split)) for split in ('train', 'test'))
    assert len(train) + len(test) == 60 and 0 < len(test) < 30
    assert not {i['img_path'] for i in train} & {i['img_path'] for i in test}
    assert len(infos(ExpW(root, split='test', held_out_share=0.5))) > len(test)
    for share in (0, 1, -1):
        with pytest.raises(ValueError, match='held_out_share='):
            ExpW(root, held_out_share=share)


@pytest.mark.parametrize(
    'extra, message',
    [
        ('face_3.jpg 0 1 2 8 9 90 7', 'expression 7 is no class id; allowed: 0 to 6'),
        ('face_3.jpg 0 1 2 8 9 90 5', "'face_3.jpg#0' is a face of .* line 5 with another box or"),
        ('../face_3.jpg 0 1 2 8 9 90 5', 'leads out'),
        ('face_99.jpg 0 1 2 8 9 90 5', '1 of 61 images .*face_99.jpg'),
    ],
)
def test_rows_that_are_wrong(expw, extra, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        ExpW(expw(extra=[extra]), split='all')


def test_rows_that_are_left_out(expw):
    extra = ['face_3.jpg 0 1 2 8 9 90 3', 'face_3.jpg 2 5 5 5 9 90 3']
    data = ExpW(expw(extra=extra), split='all')
    assert len(data) == 60
    assert data.counts['duplicate row'] == data.counts['box without a size'] == 1


def test_nothing_there(tmp_path, expw):
    with pytest.raises(FileNotFoundError, match='no layout of ExpW.*EXPW_ROOT'):
        ExpW(str(tmp_path))
    root = expw()
    (tmp_path / 'image').rename(tmp_path / 'pictures')
    with pytest.raises(FileNotFoundError, match='no pictures of ExpW.*image/origin'):
        ExpW(root)


def test_noise_and_pre_training(expw, tmp_path):
    """Faces of one picture are different images for both."""
    root = expw()
    clean = infos(ExpW(root))
    path = tmp_path / 'noise.txt'
    path.write_text(
        '\n'.join(f'{i["name"]} {i["gt_label"] if n else 6}' for n, i in enumerate(clean))
    )
    noisy = infos(ExpW(root, noise=dict(kind='file', path=str(path), expect_rate=None)))
    assert [i['gt_label'] for i in noisy] == [6, *(i['gt_label'] for i in clean[1:])]
    path.write_text('\n'.join(f'{i["img_path"]} 1' for i in clean))
    with pytest.raises(ValueError, match='training images have no row|more than one row'):
        ExpW(root, noise=dict(kind='file', path=str(path), expect_rate=None))
    part = dict(type='ExpW', data_root=root, split='train')
    assert len(UnlabelledFER([part], pipeline=[])) == len(clean)
