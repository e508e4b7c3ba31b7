"""RandomizedLeakyReLU: random slopes in training, the mean at inference."""

import keras
import numpy as np
import pytest

from helpers.layers import RandomizedLeakyReLU


def slopes(layer, shape=(200, 300)):
    """Return the slopes that the layer draws for a batch of this shape."""
    return -layer(-np.ones(shape, np.float32), training=True).numpy()


def test_slopes_in_training_are_uniform_between_the_bounds():
    drawn = np.sort(slopes(RandomizedLeakyReLU(0.2, 0.6, seed=0)).ravel())
    assert 0.2 <= drawn[0] < 0.2001
    assert 0.5999 < drawn[-1] <= 0.6
    # Kolmogorov's test: for uniform draws the largest distance exceeds 1.95 / sqrt(n) in 1 of 1,000 cases.
    distance = np.abs((drawn - 0.2) / 0.4 - (np.arange(drawn.size) + 0.5) / drawn.size).max()
    assert distance < 1.95 / np.sqrt(drawn.size)


def test_every_unit_of_every_example_draws_its_own_slope_in_each_call():
    layer = RandomizedLeakyReLU(0, 1, seed=0)
    drawn = np.concatenate([slopes(layer, (40, 50)), slopes(layer, (40, 50))])
    # Independent draws of length n have correlations of about 1 / sqrt(n); five times that never occurs here.
    assert np.abs(np.corrcoef(drawn) - np.eye(80)).max() < 5 / np.sqrt(50)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(50)).max() < 5 / np.sqrt(80)


def test_a_seed_decides_and_where_there_is_none_that_of_keras():
    def drawn_after(seed):
        keras.utils.set_random_seed(seed)
        return slopes(RandomizedLeakyReLU())

    np.testing.assert_array_equal(drawn_after(3), drawn_after(3))
    assert (drawn_after(3) != drawn_after(4)).mean() > 0.99
    first, again, other = (slopes(RandomizedLeakyReLU(seed=seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.99


def test_at_inference_the_slope_is_the_mean_of_the_bounds_and_what_is_positive_always_passes():
    z = np.linspace(-4, 4, 81, dtype=np.float32).reshape(9, 9)
    layer = RandomizedLeakyReLU(0.1, 0.4)
    np.testing.assert_array_equal(layer(z).numpy(), np.where(z >= 0, z, np.float32(0.25) * z))
    np.testing.assert_array_equal(layer(z, training=True).numpy()[z >= 0], z[z >= 0])
    default = RandomizedLeakyReLU()(np.array(-48.0, np.float32))
    assert default.numpy() == pytest.approx(-11)  # 48 (1/3 + 1/8) / 2, as in the paper


@pytest.mark.parametrize(("lower", "upper"), [(0.4, 0.2), (-0.1, 0.2), (0.1, 1.1), (0.1, float("nan"))])
def test_bad_bounds_are_refused_with_their_values(lower, upper):
    with pytest.raises(ValueError, match=rf"lower={lower}.*upper={upper}.*0 <= lower <= upper <= 1"):
        RandomizedLeakyReLU(lower, upper)


def test_a_saved_model_gives_the_same_outputs(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8), RandomizedLeakyReLU(0.1, 0.7, seed=5)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    assert (model(x).numpy() < 0).any()
    np.testing.assert_array_equal(loaded(x).numpy(), model(x).numpy())
    np.testing.assert_array_equal(loaded(x, training=True).numpy(), model(x, training=True).numpy())
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
