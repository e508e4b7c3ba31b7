"""Clipping with a threshold that can be changed gives Keras's steps; what SGD receives is what the formulas say."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.clipping import AdjustableClippingSGD, clipped_norm, global_norms, what_sgd_receives

SHAPES = [(5, 4), (4,), (4, 3)]
# The gradients of a step are longer than 4: the first three thresholds shorten them, the last one does not.
THRESHOLDS = [0.01, 1.0, 4.0, 1e3]


def gradients(step):
    rng = np.random.default_rng(step)
    return [tf.constant(rng.normal(size=shape), tf.float32) for shape in SHAPES]


def variables():
    return [tf.Variable(tf.ones(shape)) for shape in SHAPES]


def assert_equal_steps(ours, own, theirs, other, steps):
    for step in steps:
        ours.apply(gradients(step), own)
        theirs.apply(gradients(step), other)
        for a, b in zip(own, other, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, err_msg=f"step {step}")


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"momentum": 0.5, "nesterov": True}], ids=str)
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_steps_are_those_of_keras_with_global_clipnorm(threshold, options):
    own, other = variables(), variables()
    ours = AdjustableClippingSGD(0.3, threshold, **options)
    theirs = keras.optimizers.SGD(0.3, global_clipnorm=threshold, **options)
    assert_equal_steps(ours, own, theirs, other, range(5))


def test_some_thresholds_shorten_the_gradients_and_some_do_not():
    steps = []
    for threshold in THRESHOLDS:
        moved = variables()
        AdjustableClippingSGD(1.0, threshold).apply(gradients(0), moved)
        steps.append(np.sqrt(sum(np.square(1 - variable.numpy()).sum() for variable in moved)))
    length = np.sqrt(sum(np.square(gradient.numpy()).sum() for gradient in gradients(0)))
    np.testing.assert_allclose(steps, [0.01, 1.0, 4.0, length], rtol=1e-5)
    assert length > 4.0


def test_a_compiled_loop_takes_a_new_threshold_without_being_compiled_anew():
    own, ours = variables(), AdjustableClippingSGD(0.3, 1.0)
    ours.build(own)
    traces = []

    @tf.function
    def step(*gradients):
        traces.append(True)
        ours.apply(list(gradients), own)

    for threshold in THRESHOLDS:
        ours.threshold.assign(threshold)
        before = [variable.numpy() for variable in own]
        expected, theirs = variables(), keras.optimizers.SGD(0.3, global_clipnorm=threshold)
        for variable, value in zip(expected, before, strict=True):
            variable.assign(value)
        theirs.apply(gradients(3), expected)
        step(*gradients(3))
        for a, b in zip(own, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, err_msg=str(threshold))
    assert len(traces) == 1


def test_the_threshold_is_not_trained():
    own, ours = variables(), AdjustableClippingSGD(0.3, 0.7)
    ours.apply(gradients(0), own)
    assert float(ours.threshold) == pytest.approx(0.7)
    assert all(variable is not ours.threshold for variable in ours.variables)


def test_the_config_makes_the_same_optimizer():
    optimizer = AdjustableClippingSGD(0.25, 0.5, momentum=0.75)
    optimizer.threshold.assign(8.0)
    copy = AdjustableClippingSGD.from_config(optimizer.get_config())
    assert copy.get_config() == optimizer.get_config()
    assert (float(copy.learning_rate), float(copy.threshold), copy.momentum) == (0.25, 8.0, 0.75)


def test_a_saved_model_keeps_its_optimizer(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(AdjustableClippingSGD(0.25, 0.5), "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert isinstance(loaded, AdjustableClippingSGD)
    assert loaded.get_config() == model.optimizer.get_config()


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


def test_the_global_norm_and_what_clipping_leaves_of_it_are_those_of_tensorflow():
    rng = np.random.default_rng(0)
    for scale in (0.01, 1.0):
        gradients = [scale * rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 2))]
        (norm,) = global_norms([[np.linalg.norm(gradient) for gradient in gradients]])
        assert norm == pytest.approx(float(tf.linalg.global_norm(gradients)))
        clipped, _ = tf.clip_by_global_norm(gradients, 1.0)
        assert clipped_norm(norm, 1.0) == pytest.approx(float(tf.linalg.global_norm(clipped)))


def test_the_global_norm_of_float32_norms_does_not_overflow():
    np.testing.assert_allclose(global_norms(np.array([[3e30, 4e30], [0, 1]], np.float32)), [5e30, 1], rtol=1e-6)


@pytest.mark.parametrize("norm", [np.inf, np.nan])
def test_nothing_is_left_of_a_gradient_that_is_not_finite(norm):
    assert np.isnan(clipped_norm(norm, 1.0))
