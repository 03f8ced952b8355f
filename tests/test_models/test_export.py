"""Every head leaves Python with a free batch: traced on 2 images, run on 5, equal to eager."""

import pytest
import torch
from methods import LINEAR, METHODS, SIZE, K, make, registered

HEADS = {METHODS[name][0]['type']: name for name in reversed(METHODS) if name != 'contrast'}
CASES = {**HEADS, 'self-attention': 'pll decoder', 'normal-position': 'pll decoder'}
FURTHER = {'self-attention': dict(self_attention=True), 'normal-position': dict(position='none')}
BATCH = ({0: torch.export.Dim('batch')},)


def network(case):
    """In evaluation, with weights that need no gradient, as a deployed one."""
    head, _, settings = METHODS[CASES[case]]
    model = make({**head, **FURTHER.get(case, {})}, **settings)
    model.init_weights()
    return model.eval()


def images(number):
    return torch.rand(number, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(number))


def equal_to_eager(model, found):
    with torch.no_grad():
        expected = model(images(5))
    assert expected.shape == (5, K)
    torch.testing.assert_close(torch.as_tensor(found).detach(), expected, rtol=1e-4, atol=1e-5)


def test_every_head_is_here():
    assert set(HEADS) == registered()


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('case', CASES)
def test_trace(case):
    model = network(case)
    with torch.no_grad():
        traced = torch.jit.trace(model, images(2))
        equal_to_eager(model, traced(images(5)))


@pytest.mark.parametrize('case', CASES)
def test_export(case):
    model = network(case)
    program = torch.export.export(model, (images(2),), dynamic_shapes=BATCH)
    equal_to_eager(model, program.module()(images(5)))


@pytest.fixture(scope='module')
def onnx(tmp_path_factory):
    """Returns a function: a network's outputs for 5 images in ONNX Runtime."""
    runtime = pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')

    def run(model):
        path = tmp_path_factory.mktemp('onnx') / 'model.onnx'
        torch.onnx.export(
            model, (images(2),), path, dynamo=True, dynamic_shapes=BATCH, verbose=False
        )
        session = runtime.InferenceSession(path, providers=['CPUExecutionProvider'])
        return session.run(None, {session.get_inputs()[0].name: images(5).numpy()})[0]

    try:
        run(make(dict(type='LinearClsHead', **LINEAR), type='ImageClassifier').eval())
    except torch.onnx.errors.OnnxExporterError as error:
        pytest.skip(f'this torch and onnxscript take no network of the host: {str(error)[:80]}')
    return run


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('case', CASES)
def test_onnx_runtime(case, onnx):
    model = network(case)
    equal_to_eager(model, onnx(model))
