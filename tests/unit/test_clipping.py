"""What SGD receives of a gradient is what the formulas of clipping say."""

import numpy as np
import pytest

from helpers.clipping import what_sgd_receives

GRADIENTS = [  # long, short, with one large component, zero, a matrix
    *([3.0, -4.0], [0.03, 0.04], [0.9, 100.0], [0.0, 0.0, 0.0]),
    np.random.default_rng(0).normal(size=(4, 5)),
]


@pytest.mark.parametrize("threshold", [0.1, 1.0, 10.0])
def test_each_norm_is_clipped_on_its_own_or_all_by_one_factor(threshold):
    parts = [np.array(gradient) for gradient in GRADIENTS]
    norms = np.array([np.linalg.norm(part) for part in parts])
    factors = np.minimum(1, threshold / np.maximum(norms, 1e-30))
    one_factor = min(1, threshold / np.linalg.norm(norms))
    expected = {
        "clipvalue": [np.clip(part, -threshold, threshold) for part in parts],
        "clipnorm": [part * factor for part, factor in zip(parts, factors, strict=True)],
        "global_clipnorm": [part * one_factor for part in parts],
    }
    for kind, results in expected.items():
        for _ in range(2):  # nor does it depend on what was received before
            received = what_sgd_receives(GRADIENTS, **{kind: threshold})
            for one, result in zip(received, results, strict=True):
                assert one.dtype == np.float32
                np.testing.assert_allclose(one, result, rtol=1e-6, err_msg=kind)


def test_without_clipping_sgd_receives_the_gradient():
    received = what_sgd_receives([[3.0, -0.5], [[2.0]]])
    assert [part.tolist() for part in received] == [[3.0, -0.5], [[2.0]]]
