"""What SGD receives of a gradient is what the formulas of clipping say."""

import numpy as np
import pytest

from helpers.clipping import what_sgd_receives

GRADIENTS = {
    "long": np.array([3.0, -4.0]),
    "short": np.array([0.03, 0.04]),
    "one large component": np.array([0.9, 100.0]),
    "zero": np.zeros(3),
    "matrix": np.random.default_rng(0).normal(size=(4, 5)),
}


@pytest.mark.parametrize("threshold", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", GRADIENTS)
def test_what_sgd_receives_is_what_the_formulas_say(name, threshold):
    gradient = GRADIENTS[name]
    shortened = gradient * min(1, threshold / max(np.linalg.norm(gradient), 1e-30))
    expected = {
        "clipvalue": np.clip(gradient, -threshold, threshold),
        "clipnorm": shortened,
        "global_clipnorm": shortened,
    }
    for kind, result in expected.items():
        (received,) = what_sgd_receives([gradient], **{kind: threshold})
        assert received.dtype == np.float32
        np.testing.assert_allclose(received, result, rtol=1e-6, err_msg=kind)


@pytest.mark.parametrize("threshold", [0.1, 1.0, 10.0])
def test_of_several_variables_each_norm_is_clipped_on_its_own_or_all_by_one_factor(threshold):
    parts = [GRADIENTS[name] for name in ("long", "matrix", "zero", "one large component")]
    norms = [np.linalg.norm(part) for part in parts]
    one_factor = min(1, threshold / np.linalg.norm(norms))
    expected = {
        "clipvalue": [np.clip(part, -threshold, threshold) for part in parts],
        "clipnorm": [part * min(1, threshold / max(norm, 1e-30)) for part, norm in zip(parts, norms, strict=True)],
        "global_clipnorm": [part * one_factor for part in parts],
    }
    for kind, results in expected.items():
        received = what_sgd_receives(parts, **{kind: threshold})
        for one, result in zip(received, results, strict=True):
            np.testing.assert_allclose(one, result, rtol=1e-6, err_msg=kind)


def test_what_sgd_receives_does_not_depend_on_what_it_received_before():
    first = [np.array([3.0, 4.0]), np.array([1.0])]
    before = what_sgd_receives(first, global_clipnorm=1.0)
    what_sgd_receives([np.array([-9.0, 2.0]), np.array([7.0])], global_clipnorm=1.0)
    for one, again in zip(before, what_sgd_receives(first, global_clipnorm=1.0), strict=True):
        np.testing.assert_array_equal(one, again)


def test_without_clipping_sgd_receives_the_gradient():
    received = what_sgd_receives([[3.0, -0.5], [[2.0]]])
    assert [part.tolist() for part in received] == [[3.0, -0.5], [[2.0]]]
