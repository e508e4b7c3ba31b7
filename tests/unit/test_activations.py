"""The table of activation functions says what Keras says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.activations import ACTIVATIONS, curve

WITH_FORMULA = [name for name, activation in ACTIVATIONS.items() if activation.f]
Z = np.append(np.linspace(-6, 6, 240), [-1e3, 1e3])  # without the points where a function has a kink


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", WITH_FORMULA)
def test_formula_and_derivative_are_those_of_keras_function(name):
    activation = ACTIVATIONS[name]
    values, derivative = curve(getattr(keras.activations, name.lower().replace(" ", "_")), Z)
    np.testing.assert_allclose(activation.f(Z), values, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(activation.derivative(Z), derivative, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("step", [lambda z: tf.cast(z > 0, tf.float32), tf.ones_like], ids=["step", "constant"])
def test_a_function_without_a_gradient_has_derivative_0(step):
    values, derivative = curve(step, [-1.0, 2.0])
    assert values.dtype == derivative.dtype == np.float32
    np.testing.assert_array_equal(derivative, [0, 0])


def test_the_default_slopes_below_zero_are_those_that_lesson_2_states():
    slopes = {0.2: keras.activations.leaky_relu, 0.3: keras.layers.LeakyReLU(), 0: keras.layers.PReLU()}
    for slope, function in slopes.items():
        np.testing.assert_allclose(function(np.array([[-1.0]], dtype="float32")), [[-slope]])
