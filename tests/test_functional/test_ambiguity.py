import numpy as np
import pytest
import torch

from mmfer.functional import attack, pgd_step, prediction_margin, steps_kept, stratified_folds


def value(x):
    return torch.tensor(float(x))


def scales(alpha=0.1, eps=0.3, low=-1.0, high=1.0):
    return tuple(map(value, (alpha, eps, low, high)))


# --- the attack, on linear models by hand


def test_a_step_by_hand():
    start = torch.tensor([0.0, 0.25, -0.25, 0.95])
    x = torch.tensor([0.0, 0.45, -0.5, 0.95])
    gradient = torch.tensor([0.0, 7.0, -1e-9, 0.1])
    moved = pgd_step(x, start, gradient, value(0.1), value(0.3), value(-0.55), value(1.0))
    # no gradient: stays; .55: the ball's edge; -.6 and -.55, the lowest value that an image has;
    # 1.05 and 1, the highest
    torch.testing.assert_close(moved, torch.tensor([0.0, 0.55, -0.55, 1.0]))


def test_steps_of_each_channel():
    images = torch.zeros(1, 3, 2, 2)
    alpha = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    moved = pgd_step(
        images, images, torch.ones_like(images), alpha, alpha * 9, -alpha * 9, alpha * 2.5
    )
    assert torch.equal(moved[0, :, 0, 0], alpha.view(3))


def test_kappa_of_a_linear_model():
    """Logits (w x, -w x): class 0 where w x > 0. Each step moves w x by -alpha |w|_1 = -.3, so
    label 0 survives ceil(w x / .3) predictions."""
    w = torch.tensor([1.0, -2.0])

    def forward(x):
        score = x @ w
        return torch.stack([score, -score], dim=1)

    x = torch.tensor([[0.0, -0.05], [0.0, -0.2], [0.5, 0.0], [0.8, -0.7], [-0.1, 0.0]])
    assert torch.allclose(x @ w, torch.tensor([0.1, 0.4, 0.5, 2.2, -0.1]))
    found = attack(
        forward, x, torch.zeros(5, dtype=torch.long), 4, *scales(eps=10.0, low=-10, high=10)
    )
    # .1; .4, .1; .5, .2; 2.2 .. 1.0 (all five); never
    assert found.kappa.tolist() == [1, 2, 2, 5, 0]
    assert torch.equal(found.logits, forward(x))
    torch.testing.assert_close(found.adversarial, x + 4 * 0.1 * torch.tensor([-1.0, 1.0]))


def test_the_ball_ends_the_attack():
    def forward(x):
        return torch.cat([x, -x], dim=1)

    x = torch.tensor([[0.25], [0.35]])
    found = attack(forward, x, torch.tensor([0, 0]), 4, *scales(eps=0.3))
    # .25 .15 .05 -.05 -.05; .35 .25 .15 .05 .05
    assert found.kappa.tolist() == [3, 5]
    torch.testing.assert_close(found.adversarial, torch.tensor([[-0.05], [0.05]]))


def test_labels_decide_the_direction():
    def forward(x):
        return torch.cat([x, -x], dim=1)

    x = torch.tensor([[0.15]])
    for label, kappa in ((0, 2), (1, 0)):
        assert attack(forward, x, torch.tensor([label]), 3, *scales()).kappa.item() == kappa


def test_no_steps_count_the_start():
    found = attack(
        lambda x: x, torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0]), 0, *scales()
    )
    assert found.kappa.tolist() == [1, 0]
    with pytest.raises(ValueError, match='steps=-1'):
        attack(lambda x: x, torch.zeros(1, 2), torch.tensor([0]), -1, *scales())


def test_an_image_does_not_depend_on_its_batch():
    torch.manual_seed(0)
    net = (
        torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(4 * 36, 5),
        )
        .double()
        .eval()
        .requires_grad_(False)
    )
    x = torch.randn(6, 3, 8, 8, dtype=torch.double)
    y = net(x).argmax(dim=1)
    y[0] = (y[0] + 1) % 5
    whole = attack(net, x, y, 4, *scales(alpha=0.02, eps=0.06, low=-9, high=9))
    for i in range(6):
        one = attack(
            net, x[i : i + 1], y[i : i + 1], 4, *scales(alpha=0.02, eps=0.06, low=-9, high=9)
        )
        assert one.kappa.item() == whole.kappa[i]
        torch.testing.assert_close(one.adversarial[0], whole.adversarial[i])
    assert (whole.adversarial - x).abs().max() <= 0.06 + 1e-9
    assert 1 <= whole.kappa[1:].min() and whole.kappa[0] == 0
    assert not whole.adversarial.requires_grad
    # it raises the loss that it climbs
    loss = torch.nn.functional.cross_entropy
    assert loss(net(whole.adversarial), y) > loss(net(x), y)


def test_steps_kept_counts_a_return():
    predictions = torch.tensor([[1, 2], [0, 2], [1, 2]])
    assert steps_kept(predictions, torch.tensor([1, 2])).tolist() == [2, 3]


# --- margin


def test_margin_of_the_probabilities():
    logits = np.log([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [1 / 3] * 3])
    np.testing.assert_allclose(prediction_margin(logits), [0.2, 0.4, 0], atol=1e-12)
    np.testing.assert_allclose(prediction_margin(logits + 1e4), [0.2, 0.4, 0], atol=1e-9)
    assert prediction_margin([[1e4, -1e4]]) == 1


# --- folds


@pytest.mark.parametrize('num_folds', [2, 3, 5])
def test_folds_have_their_share_of_each_class(num_folds):
    labels = np.repeat([0, 1, 2], [100, 31, 4])
    folds = stratified_folds(labels, num_folds, seed=0)
    sizes = np.bincount(folds, minlength=num_folds)
    assert sizes.max() - sizes.min() <= 1
    for label in range(3):
        counts = np.bincount(folds[labels == label], minlength=num_folds)
        assert counts.max() - counts.min() <= 1
    assert np.array_equal(folds, stratified_folds(labels, num_folds, 0))
    assert not np.array_equal(folds, stratified_folds(labels, num_folds, 1))


def test_copies_share_a_fold():
    rng = np.random.default_rng(0)
    groups, labels = rng.integers(0, 60, 200), rng.integers(0, 7, 200)
    folds = stratified_folds(labels, 4, 0, groups)
    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    assert set(folds) == {0, 1, 2, 3}


@pytest.mark.parametrize('num_folds', [1, 5])
def test_folds_that_cannot_be_are_refused(num_folds):
    with pytest.raises(ValueError, match=f'{num_folds} folds of 4'):
        stratified_folds([0, 0, 1, 1, 1], num_folds, 0, [0, 1, 2, 3, 3])
