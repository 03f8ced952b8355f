"""HOG by hand, by a loop, and against the two implementations that are around."""

import importlib
import math

import numpy as np
import pytest
import torch

from mmfer.functional import hog, hog_from_patches, hog_patches

module = importlib.import_module('mmfer.functional.hog')
generator = torch.Generator()
INNER = slice(1, -1)
SMOOTH = ((-1, 1), (0, 2), (1, 1))


@pytest.fixture(autouse=True)
def same_draws():
    """Whatever the order of the tests: by one draw in two hundred, rounding puts an angle beyond a
    border of the bins."""
    generator.manual_seed(0)


def pictures(*shape):
    """8-bit pictures: their gradients are integers, exact in float32."""
    return torch.randint(0, 256, shape, generator=generator).float()


def ramp(right, down, size=8):
    """Grows by so much a pixel; its inner cells have one gradient."""
    at = torch.arange(float(3 * size))
    return (right * at + down * at[:, None])[None, None]


def by_loop(image, bins, cell, window):
    """One channel (H, W), from the definition, in double precision."""
    height, width = image.shape
    image = image.double().numpy()

    def at(y, x):  # reflected, the border itself not repeated
        y, x = abs(y), abs(x)
        y = 2 * (height - 1) - y if y >= height else y
        return image[y, 2 * (width - 1) - x if x >= width else x]

    weight = np.ones((1, 1))
    if window:
        middle = np.arange(window) - (window - 1) / 2
        line = np.exp(-(middle**2) / (2 * (window // 2) ** 2))
        weight = np.outer(line, line) / np.outer(line, line).sum()
    out = np.zeros((height // cell, width // cell, bins))
    for y in range(height):
        for x in range(width):
            gx = sum(k * (at(y + i, x - 1) - at(y + i, x + 1)) for i, k in SMOOTH)
            gy = sum(k * (at(y - 1, x + i) - at(y + 1, x + i)) for i, k in SMOOTH)
            angle = math.atan2(gx, gy) % math.pi  # of a full half turn, 0
            number = min(int(angle / math.pi * bins), bins - 1) if angle < math.pi else 0
            size = math.hypot(gx, gy) * weight[y % weight.shape[0], x % weight.shape[1]]
            out[y // cell, x // cell, number] += size
    return out / np.maximum(np.sqrt((out**2).sum(-1, keepdims=True)), 1e-12)


# --- by hand


@pytest.mark.parametrize(
    'right, down, expected',
    [
        (1, 0, 4),  # changes along x: 90 degrees, the middle of nine bins
        (-1, 0, 4),
        (0, 1, 0),  # along y: 0 degrees
        (0, -1, 0),
        (1, 1, 2),  # 45 degrees
        (1, -1, 6),  # 135 degrees
        (3, 1, 3),  # 71.6 degrees
    ],
)
def test_a_ramp_lies_in_one_bin(right, down, expected):
    inner = hog(ramp(right, down))[0, 0, 1, 1]
    assert torch.equal(inner, torch.eye(9)[expected])


def test_two_edges_share_by_their_magnitudes():
    """A step of 3 along x and one of 1 along y cross in the middle of a cell: each pixel at an edge
    has 4 times its step."""
    at = torch.arange(32.0)
    image = 3.0 * (at >= 12) + 1.0 * (at >= 12)[:, None]
    cell = torch.zeros(9)
    cell[4] = 2 * 6 * 12.0  # two columns of six rows
    cell[0] = 2 * 6 * 4.0  # and rows of six columns
    cell[3] = 4 * 160**0.5  # both, in four pixels: atan2(12, 4) = 71.6 degrees
    torch.testing.assert_close(hog(image[None, None])[0, 0, 1, 1], cell / cell.norm())


def test_a_flat_cell_has_zeros():
    image = torch.full((1, 3, 16, 16), 77.0)
    assert not hog(image).any()
    image[..., 12:] = 0
    assert not hog(image)[..., 0, :].any() and hog(image)[..., 1, :].any()


# --- by the definition


@pytest.mark.parametrize(
    'bins, cell, window, shape',
    [
        (9, 8, 0, (16, 24)),
        (9, 8, 8, (24, 16)),
        (8, 4, 0, (8, 12)),
        (9, 8, 16, (16, 32)),
        (9, 8, 5, (40, 40)),
        (12, 5, 0, (10, 15)),
        (1, 2, 0, (4, 4)),
    ],
)
@pytest.mark.parametrize('kind', ['8 bit', 'real'])
def test_equals_the_loop(bins, cell, window, shape, kind):
    images = pictures(2, 2, *shape)
    if kind == 'real':
        images = torch.rand(2, 2, *shape, generator=generator, dtype=torch.float64)
    if kind == '8 bit' and bins % 2 == 0:
        images += torch.rand(images.shape, generator=generator)  # 45 degrees is a border here
    out = hog(images, bins, cell, window)
    for n in range(2):
        for c in range(2):
            expected = by_loop(images[n, c], bins, cell, window)
            np.testing.assert_allclose(out[n, c], expected, atol=2e-6)


def test_every_gradient_of_8_bit_pictures_finds_its_bin():
    """In float32 as in float64: none lies as near to a border as rounding."""
    side = torch.arange(-1020.0, 1021.0)
    gx, gy = torch.meshgrid(side, side, indexing='ij')
    angle = torch.atan2(gx.double(), gy.double()) / math.pi * 9
    assert torch.equal(module._bin_of(gx, gy, 9).double() % 9, angle.floor() % 9)


def test_equal_neighbours_cancel_whatever_their_values():
    """A picture without a change along x has 0 degrees, in any normalisation."""
    rows = torch.rand(4, 3, 32, 1, generator=generator).expand(-1, -1, -1, 32)
    for images in (rows, (rows * 255 - 123.675) / 58.395):
        assert torch.equal(hog(images), torch.eye(9)[0].expand(4, 3, 4, 4, 9))
        assert torch.equal(hog(images.mT), torch.eye(9)[4].expand(4, 3, 4, 4, 9))


# --- invariances


def test_scale_and_offset_of_a_channel_do_not_matter():
    images = pictures(2, 3, 32, 32)
    for other in (images * 4, images + 1000, -images):
        torch.testing.assert_close(hog(other), hog(images), atol=1e-6, rtol=0)


def test_a_mirror_reverses_columns_and_bins():
    # not 8 bit, nor the outer columns, where gx is 0: a border of bins is its own mirror
    images = torch.rand(2, 3, 32, 48, generator=generator)
    mirrored, expected = hog(images.flip(-1)), hog(images).flip(3, 4)
    torch.testing.assert_close(
        mirrored[:, :, :, INNER], expected[:, :, :, INNER], atol=1e-5, rtol=0
    )


def test_images_and_channels_are_independent():
    images = pictures(40, 3, 96, 96)  # several chunks
    out = hog(images)
    for n in (0, 17, 39):
        for c in range(3):
            assert torch.equal(out[n, c], hog(images[n : n + 1, c : c + 1])[0, 0])


# --- types and devices


@pytest.mark.parametrize('dtype', [torch.uint8, torch.float16, torch.bfloat16])
def test_computes_in_float32(dtype):
    images = pictures(1, 3, 16, 16).to(dtype)
    with torch.autocast('cpu', torch.bfloat16):
        out = hog(images)
    assert out.dtype == torch.float32
    assert torch.equal(out, hog(images.float()))


def test_gives_no_gradient():
    images = pictures(1, 3, 16, 16).requires_grad_()
    assert not hog(images).requires_grad


def test_both_sums_agree():
    """By index, as on a CPU, and bin by bin, as on a GPU."""
    polar = module._polar(pictures(3, 3, 48, 32), 9, None)
    by_index = module._add_at_index(*polar, 9, 8)
    by_bin = module._sum_by_bin(*polar, 9, 8)
    torch.testing.assert_close(by_index, by_bin, rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_a_pixel_that_is_no_number_stays_visible(value, monkeypatch):
    images = pictures(2, 1, 32, 32)
    whole = hog(images)
    images[1, 0, 11, 12] = value  # not at its cell's border
    for sums in (module._add_at_index, module._sum_by_bin):
        monkeypatch.setattr(module, '_add_at_index', sums)
        out = hog(images)
        assert out[1, 0, 1, 1].isnan().any()
        out[1, 0, 1, 1] = whole[1, 0, 1, 1]
        torch.testing.assert_close(out, whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_gpu_gives_the_same_bits_again_and_the_cpus_numbers():
    images = pictures(16, 3, 224, 224)
    first = hog(images.cuda())
    assert all(torch.equal(hog(images.cuda()), first) for _ in range(5))
    torch.testing.assert_close(first.cpu(), hog(images), atol=1e-5, rtol=0)


# --- patches


@pytest.mark.parametrize(
    'height, width, patch, dims',
    [
        (96, 96, 16, 108),
        (112, 112, 16, 108),
        (224, 224, 16, 108),
        (96, 112, 8, 27),
        (64, 96, 32, 432),
    ],
)
def test_patches_of_any_size(height, width, patch, dims):
    cells = hog(pictures(2, 3, height, width))
    vectors = hog_patches(cells, patch)
    grid = height // patch, width // patch
    assert vectors.shape == (2, grid[0] * grid[1], dims)
    assert torch.equal(hog_from_patches(vectors, grid, patch=patch), cells)
    # a patch's vector is that of its pixels, but for their outermost ring
    side = patch // 8
    n, row, column = 1, grid[0] - 1, 1
    part = cells[n, :, row * side : (row + 1) * side, column * side : (column + 1) * side]
    vector = vectors[n, row * grid[1] + column].view(3, 9, side, side)
    assert torch.equal(vector, part.permute(0, 3, 1, 2))


def test_errors():
    for message, call in [
        ('cell=8 does not divide images of 20 x 24', lambda: hog(torch.zeros(1, 3, 20, 24))),
        ('window=16 does not divide', lambda: hog(torch.zeros(1, 3, 24, 24), window=16)),
        (r'expected \(N, C, H, W\)', lambda: hog(torch.zeros(3, 24, 24))),
        ('bins=0', lambda: hog(torch.zeros(1, 3, 8, 8), bins=0)),
        ('2 x 2 pixels', lambda: hog(torch.zeros(1, 3, 1, 1), cell=1)),
        ('whole cells of 8', lambda: hog_patches(torch.zeros(1, 3, 2, 2, 9), patch=12)),
        (
            'sides have to be multiples of 16',
            lambda: hog_patches(torch.zeros(1, 3, 3, 2, 9), patch=16),
        ),
        ('are no grid of', lambda: hog_from_patches(torch.zeros(1, 6, 108), (2, 2))),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


# --- MMPretrain's HOGGenerator


@pytest.fixture(scope='module')
def host():
    from mmpretrain.models.selfsup.maskfeat import HOGGenerator

    return HOGGenerator


@pytest.mark.parametrize('window', [0, 7, 16])
def test_equals_the_hosts_at_224(host, window):
    images = pictures(2, 3, 224, 224)
    expected = host(gaussian_window=window)(images)
    torch.testing.assert_close(hog_patches(hog(images, window=window)), expected, atol=1e-6, rtol=0)


def test_on_normalised_images_rounding_alone_differs(host):
    """The host's convolution rounds, and where the exact gradient lies on the border of two bins
    (gx = 0), rounding chooses."""
    images = pictures(1, 3, 224, 224)
    normalised = (images - torch.tensor([123.675, 116.28, 103.53])[:, None, None]) / 57.0
    exact, ours = hog(images), hog(normalised)
    theirs = hog_from_patches(host(gaussian_window=0)(normalised), (14, 14))
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), mode='reflect')
    across = padded[..., :-2] - padded[..., 2:]
    gx = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    border = torch.nn.functional.max_pool2d((gx == 0).float(), 8) > 0
    assert border[..., 0].all()  # reflected: no change along x
    assert 0 < border.float().mean() < 0.2
    for out in (ours, theirs):
        far = (out - exact).abs().amax(-1) > 1e-4
        assert not (far & ~border).any()


# --- scikit-image


def scikit(image, bins=9):
    """(rows, columns, bins) of one channel: cells normalised by themselves, which is blocks of one
    cell."""
    cells = pytest.importorskip('skimage.feature').hog(
        image.numpy(),
        orientations=bins,
        pixels_per_cell=(8, 8),
        cells_per_block=(1, 1),
        block_norm='L2',
        feature_vector=False,
    )
    return torch.from_numpy(cells[:, :, 0, 0]).float()


def separable(size=48):
    """a(x) + b(y): Sobel's smoothing across the derivative changes nothing but the scale, so that
    both have the same gradients."""
    a, b = 100 * torch.rand(2, size, generator=generator, dtype=torch.float64)
    return a + b[:, None]


def test_agrees_with_scikit_where_gradients_agree():
    """Bins, hard votes by magnitude, cells and their norm are the same, once angles are measured
    from the other axis: the transposed image."""
    image = separable()
    ours = hog(image[None, None])[0, 0].float()
    theirs = scikit(image.T).transpose(0, 1)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_differs_from_scikit_by_axis_and_smoothing():
    image = separable()
    # not transposed: other bins, also where the gradients agree
    ours = hog(image[None, None])[0, 0]
    assert ((ours - scikit(image)).abs().amax(-1) > 1e-3).all()
    # not separable: central differences are no Sobel
    noise = torch.rand(48, 48, generator=generator, dtype=torch.float64)
    ours, theirs = hog(noise[None, None])[0, 0], scikit(noise.T).transpose(0, 1)
    assert ((ours - theirs).abs().amax(-1) > 1e-3).all()


def test_scikit_takes_the_strongest_channel_alone():
    weak = separable()
    colours = torch.stack([weak / 50, separable(), weak / 80])
    feature = pytest.importorskip('skimage.feature')
    joint = feature.hog(
        colours.permute(2, 1, 0).numpy(),
        orientations=9,
        pixels_per_cell=(8, 8),
        cells_per_block=(1, 1),
        block_norm='L2',
        feature_vector=False,
        channel_axis=-1,
    )
    joint = torch.from_numpy(joint[:, :, 0, 0]).transpose(0, 1)
    ours = hog(colours[None])[0]
    near = [bool(((one - joint).abs().amax(-1) < 0.1).float().mean() > 0.9) for one in ours]
    assert near == [False, True, False]
