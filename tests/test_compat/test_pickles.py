import io
import pickle

import mmengine
import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

import mmfer  # noqa: F401  makes the repair
from mmfer.compat.pickles import load_data

BAD = pickle.UnpicklingError


def results() -> list[dict]:
    """As ``DumpResults`` writes them."""
    sample = DataSample(
        metainfo=dict(img_path='a.jpg', ori_shape=(48, 48), scale_factor=(1.0, 2.0))
    )
    sample.set_pred_score(torch.tensor([0.25, 0.75])).set_pred_label(1).set_gt_label(0)
    return [
        {
            **sample.to_dict(),
            'share': np.float32(0.5),
            'row': np.arange(4).reshape(2, 2),
            'half': torch.ones(2, 3, dtype=torch.bfloat16),
            'raw': b'\x00\xff',
            'empty': (b'', set(), None, True, frozenset()),
        }
    ]


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_results_are_read_as_they_were_written(tmp_path, protocol):
    path = tmp_path / 'results.pkl'
    mmengine.dump(results(), path, protocol=protocol)
    (read,) = mmengine.load(path)
    (made,) = results()
    assert read.keys() == made.keys()
    assert torch.equal(read['pred_score'], made['pred_score'])
    assert torch.equal(read['gt_label'], made['gt_label'])
    assert torch.equal(read['half'], made['half']) and read['half'].dtype == torch.bfloat16
    assert np.array_equal(read['row'], made['row'])
    assert read['share'] == np.float32(0.5) and type(read['share']) is np.float32
    assert (read['raw'], read['empty']) == (made['raw'], made['empty'])
    assert (read['img_path'], read['ori_shape']) == ('a.jpg', (48, 48))


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.made = function, args

    def __reduce__(self):
        return self.made


def touch(path: str) -> None:
    open(path, 'w').close()


def nested(path) -> Call:
    """A call that hides in the bytes of a tensor."""
    inner = io.BytesIO()
    torch.save(Call(touch, str(path)), inner)
    return Call(torch.storage._load_from_bytes, inner.getvalue())


@pytest.mark.parametrize(
    'crafted',
    [
        lambda path: Call(eval, f'open({str(path)!r}, "w").close()'),
        lambda path: Call(touch, str(path)),
        lambda path: Call(getattr, np.ndarray, 'tofile'),
        lambda path: Call(np.fromfile, str(path)),
        lambda path: Call(torch.load, str(path)),
        nested,
    ],
    ids=['eval', 'own function', 'getattr', 'numpy.fromfile', 'torch.load', 'in a tensor'],
)
def test_a_crafted_file_is_refused_and_runs_nothing(tmp_path, crafted):
    path, harm = tmp_path / 'results.pkl', tmp_path / 'harm'
    path.write_bytes(pickle.dumps([crafted(harm)]))
    with pytest.raises(BAD):
        mmengine.load(path)
    assert not harm.exists()


def test_an_array_of_addresses_is_refused(tmp_path):
    """Bytes as pointers to objects: numpy would follow them."""
    stream = pickle.dumps(np.arange(3), protocol=2).replace(b'i8', b'O8')
    with pytest.raises(BAD, match='O8'):
        load_data(io.BytesIO(stream))


@pytest.mark.parametrize('cut', [0, 1, 10, -1])
def test_a_cut_file_is_named_as_damaged(cut):
    whole = pickle.dumps(results(), protocol=2)
    with pytest.raises(BAD):
        load_data(io.BytesIO(whole[:cut]))


def test_mutated_files_end_in_one_error(tmp_path):
    whole = pickle.dumps(results(), protocol=2)
    rng = np.random.default_rng(0)
    for _ in range(400):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(256)
        try:
            load_data(io.BytesIO(bytes(data)))
        except BAD:
            pass
