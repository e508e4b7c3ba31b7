"""What a lab adjusts computes what Keras's own computes for the same parameter, without being compiled anew."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.labs.adjustable import AdjustableClippingSGD, AdjustableELU

SHAPES = [(5, 4), (4,), (4, 3)]


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, 2.5])
def test_the_elu_has_values_and_gradient_of_keras_for_the_alpha_that_is_set(alpha):
    z = tf.constant(np.linspace(-100, 100, 801, dtype=np.float32).reshape(1, -1))
    layer = AdjustableELU(0.7)
    layer.build(z.shape)
    layer.alpha.assign([alpha])
    results = []
    for function in (layer, AdjustableELU(alpha), lambda z: keras.activations.elu(z, alpha)):
        with tf.GradientTape() as tape:
            tape.watch(z)
            outputs = function(z)
        results.append((outputs.numpy(), tape.gradient(outputs, z).numpy()))
    *ours, expected = results
    smooth = z.numpy() != 0  # there the derivative jumps
    for values, gradient in ours:
        np.testing.assert_allclose(values, expected[0], rtol=1e-6)
        # Keras works its derivative out as elu(z) + alpha, which is exact to float32's rounding of alpha.
        np.testing.assert_allclose(gradient[smooth], expected[1][smooth], rtol=1e-6, atol=2e-7 * max(1, alpha))


def test_a_compiled_step_with_a_new_threshold_is_that_of_keras_with_global_clipnorm():
    """The gradients of a step are longer than 4: the first three thresholds shorten them, the last one does not."""
    rng, traces = np.random.default_rng(0), []
    own, other = ([tf.Variable(tf.ones(shape)) for shape in SHAPES] for _ in range(2))
    ours = AdjustableClippingSGD(0.3, 1.0, momentum=0.9)
    ours.build(own)

    @tf.function
    def step(*gradients):
        traces.append(True)
        ours.apply(list(gradients), own)

    theirs = keras.optimizers.SGD(0.3, momentum=0.9)
    for threshold in (0.01, 1.0, 4.0, 1e3):
        gradients = [tf.constant(rng.normal(size=shape), tf.float32) for shape in SHAPES]
        ours.threshold.assign(threshold)
        theirs.global_clipnorm = threshold
        step(*gradients)
        theirs.apply(gradients, other)
        for a, b in zip(own, other, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, err_msg=str(threshold))
    assert len(traces) == 1
