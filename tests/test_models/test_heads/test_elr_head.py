"""ELR against a loop written from its paper."""

import math

import pytest
import torch
from methods import LINEAR, K, draw, softmax

from mmfer.models import ELRHead

N = 6


@pytest.mark.parametrize('views', [1, 2])
def test_elr_by_a_loop_over_visits(views):
    head = ELRHead(**LINEAR, beta=0.6, lambda_elr=2.0).double()
    head.memory.prepare(7)
    kept = [[0.0] * K for _ in range(7)]
    for visit in range(3):
        seen, targets = draw(views, seed=visit)
        losses = head.view_loss(seen, targets)
        ce = elr = 0.0
        grads = [[[0.0] * K for _ in range(N)] for _ in range(views)]
        for i in range(N):
            ps = [softmax(view.logits[i].tolist()) for view in seen]
            p = [sum(one[k] for one in ps) / views for k in range(K)]
            row = kept[targets.index[i]]
            row[:] = [0.6 * t + 0.4 * q / sum(p) for t, q in zip(row, p)]
            inner = sum(t * q for t, q in zip(row, p))
            elr += math.log(1 - inner) / N
            for v, one in enumerate(ps):
                y = targets.label[i].item()
                ce -= math.log(one[y]) / N / views
                own = sum(t * q for t, q in zip(row, one))
                for k in range(K):
                    grads[v][i][k] = (
                        (one[k] - (k == y)) / views
                        - 2 * one[k] * (row[k] - own) / (1 - inner) / views
                    ) / N
        assert losses['loss_ce'].item() == pytest.approx(ce, rel=1e-6)
        assert losses['loss_elr'].item() == pytest.approx(2 * elr, rel=1e-5)
        sum(losses.values()).backward()
        for view, grad in zip(seen, grads):  # the memory is float32
            torch.testing.assert_close(
                view.logits.grad, torch.tensor(grad).double(), rtol=1e-4, atol=1e-6
            )
    torch.testing.assert_close(head.memory.table, torch.tensor(kept))
    assert not head.memory.written[6]
    with pytest.raises(ValueError, match='sample_idx'):
        head.view_loss(seen, targets._replace(index=None))
    with pytest.raises(ValueError, match='beta=1.0'):
        ELRHead(**LINEAR, beta=1.0)
