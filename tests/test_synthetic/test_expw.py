"""ExpW's layout, through the reader of the real one."""

from pathlib import Path

from mmfer.datasets import CropFaceBox, ExpW
from mmfer.synthetic import write_expw
from mmfer.utils.images import read_image


def test_boxes_and_classes(tmp_path, meta_of):
    assert write_expw(tmp_path, train=14, size=32) == 'written'
    assert write_expw(tmp_path, train=14, size=32) == 'reused'
    data = ExpW(str(tmp_path), split='all')
    infos = [data.get_data_info(i) for i in range(len(data))]
    assert len(infos) == 21 and len({info['img_path'] for info in infos}) == 14
    expected = {row['file'].split('/')[-1] + '#0': row['expression'] for row in meta_of(tmp_path)}
    assert expected == {
        info['name']: data.CLASSES[info['gt_label']]
        for info in infos
        if info['name'].endswith('#0')
    }
    for info in infos:
        crop = CropFaceBox()(dict(info, img=read_image(Path(info['img_path']))))['img']
        assert crop.shape == (32, 32, 3) and crop.std() > 5
