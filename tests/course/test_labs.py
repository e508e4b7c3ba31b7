"""Every lab: whatever it is set to, the picture and the sentence are right, and nothing fails."""

import base64
import functools
import gc
import io
import json
import random
import re
import tracemalloc
from types import SimpleNamespace

import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from keras import initializers, layers
from lab_page import press, settle, shown, until_running

from course.labs import (
    activation_lab,
    batch_lab,
    batch_norm_lab,
    clipping_lab,
    depth_lab,
    factor_lab,
    initialization_lab,
    points,
    recurrent_lab,
    retraining,
    retraining_lab,
)
from helpers.activations import curve
from helpers.data import draw_garments
from helpers.signals import dead_fraction
from helpers.training import Settings, Trainer

pytestmark = pytest.mark.filterwarnings("error")

REDRAWN = {
    "factor": lambda data: factor_lab(),
    "initialization": initialization_lab,
    "activation": lambda data: activation_lab(),
    "depth": depth_lab,
    "batch": lambda data: batch_lab(),
    "clipping": lambda data: clipping_lab(),
}
TRAINED = {"retraining": retraining_lab, "batch norm": batch_norm_lab, "recurrent": recurrent_lab}
BUILD = REDRAWN | TRAINED
every_lab = pytest.mark.parametrize("name", BUILD)


def random_numbers():
    return [*keras.random.normal((3,)).numpy(), *tf.random.normal((3,)).numpy(), *np.random.rand(3), random.random()]  # noqa: NPY002


@pytest.fixture(scope="module", autouse=True)
def short_runs():
    """Let a run have 3,200 images instead of 30,000."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "EPOCHS", 1)
        patch.setattr(points, "N_IMAGES", 3_200)
        yield


@pytest.fixture(scope="module")
def data():
    return draw_garments(10_000, 500, 10)


@pytest.fixture(scope="module")
def built(data):
    """Return a function that builds a lab when it is first asked for; it tells what the lab showed then, too."""

    @functools.cache
    def build(name):
        keras.utils.set_random_seed(3)
        lab = BUILD[name](data)
        return SimpleNamespace(lab=lab, first=shown(lab), drawn_next=random_numbers())

    return build


@pytest.fixture
def lab(built, name):
    """Return the lab as it is after a reset."""
    lab = built(name).lab
    press(lab, "Reset")
    settle(lab)
    return lab


def assert_works(lab):
    """Check that the lab has not failed, describes what it shows, and has a line in its picture."""
    assert lab.failure is None
    assert not lab.frame["failed"]
    assert not lab.frame["running"]
    assert lab.frame["sentence"].endswith(".")
    assert lab.caption.endswith(".")
    assert any(x for x, _ in (each for each in lab.frame["numbers"] if not isinstance(each, str)))


@every_lab
def test_presets_show_something_else_and_reset_brings_back_exactly_what_was_first(built, lab, name):
    first, values = built(name).first, []
    assert shown(lab) == first
    assert lab.values == lab.defaults
    for preset in lab.presets:
        press(lab, preset)
        settle(lab)
        assert_works(lab)
        assert lab.values == lab.presets[preset]
        values.append(json.dumps(lab.values))
        if lab.values != lab.defaults:
            assert lab.frame["numbers"] != first[0], preset
            assert lab.frame["sentence"] != first[1], preset
    assert len(set(values)) == len(values) >= 3
    press(lab, "Reset")
    settle(lab)
    assert shown(lab) == first


@every_lab
def test_both_ends_of_every_control_and_every_option_work_and_nothing_is_printed(lab, name, capfd):
    ends = {
        name: control["options"] if control["kind"] == "choice" else (control["lowest"], control["highest"])
        for name, control in lab.controls.items()
    }
    together = [{name: ends[name][place] for name in ends} for place in (0, -1)]
    for values in [lab.defaults | {name: end} for name in ends for end in ends[name]] + together:
        lab.set(**values)
        settle(lab)
        assert lab.values == values
        assert_works(lab)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("make", [initialization_lab, depth_lab, *TRAINED.values()])
def test_a_lab_that_needs_the_data_says_so_where_it_gets_something_else(make, data):
    for something in (data.x_train, [1], None):
        with pytest.raises(TypeError, match="give the whole data set, as load_fashion_mnist"):
            make(something)


@every_lab
def test_the_stored_output_has_the_picture_beside_the_widget(lab, name):
    bundle, _ = lab._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == lab.model_id
    assert bundle["text/plain"] == f"Lab: {lab.title}. {lab.caption}"
    with PIL.Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))) as picture:
        assert picture.format == "PNG"
        assert len(picture.getcolors()) > 10


@every_lab
def test_a_lab_leaves_the_random_numbers_of_the_notebook_alone(built, name):
    drawn = built(name).drawn_next
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(drawn, random_numbers())


@pytest.mark.parametrize("name", TRAINED)
def test_a_run_that_replaces_another_is_the_same_as_alone(lab, name, monkeypatch):
    first = shown(lab)
    with monkeypatch.context() as patch:
        patch.setattr(points, "EPOCHS", 100)
        lab.set(rate=0.02)
        until_running(lab)
    lab.set(**lab.defaults)
    settle(lab)
    assert lab.frame["sentence"] == first[1]
    press(lab, "Reset")  # the earlier runs go
    settle(lab)
    assert shown(lab) == first


def test_labs_that_train_at_the_same_time_show_what_each_shows_alone(built):
    labs = [built(name).lab for name in TRAINED]
    for lab in labs:
        press(lab, "Reset")
    assert any(lab.frame["running"] for lab in labs)
    settle(*labs)
    assert [shown(lab) for lab in labs] == [built(name).first for name in TRAINED]


def losses(lab):
    return points.column(lab._runs[0].points, "loss")


def twin_losses(stack, optimizer, batch_size, rate, data):
    """Return the losses of Keras's own network after the same numbers of steps."""
    model = keras.Sequential([keras.Input((28, 28)), *stack])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    trainer = Trainer(model, data.x_train[:3_200], data.y_train[:3_200], Settings(batch_size))
    model.optimizer.learning_rate = rate
    found = points.training_points("twin", trainer, points.three_epochs(batch_size), batch_size)
    return points.column(found, "loss")


@pytest.mark.parametrize(
    ("activation", "keras_layer"),
    [
        ("leaky ReLU", lambda: layers.LeakyReLU(negative_slope=0.3)),
        ("ELU", lambda: layers.Activation(lambda z: keras.activations.elu(z, 0.3))),
        ("PReLU", lambda: layers.PReLU(alpha_initializer=initializers.Constant(0.3))),
    ],
    ids=["leaky ReLU", "ELU", "PReLU"],
)
def test_the_retrained_network_is_that_of_keras(built, data, activation, keras_layer):
    lab = built("retraining").lab
    lab.set(activation=activation, pixels="0 to 1", alpha=0.3, rate=0.2)
    settle(lab)
    stack = [layers.Flatten()]
    for seed, n_units in enumerate((300, 100)):
        stack += [layers.Dense(n_units, kernel_initializer=initializers.HeNormal(seed)), keras_layer()]
    stack.append(layers.Dense(10, "softmax", kernel_initializer=initializers.GlorotUniform(2)))
    expected = twin_losses(stack, keras.optimizers.SGD(), 32, 0.2, data)
    assert len(expected) == 4
    np.testing.assert_allclose(losses(lab), expected, rtol=1e-4)  # 100 steps of the same float32 sums in another order


def test_the_dead_units_that_are_counted_follow_the_training(data):
    model = points.dense_classifier(lambda: [retraining.WITH_ALPHA["leaky ReLU"]()])
    x, n_units = data.x_valid[:50], points.HIDDEN_UNITS
    percentage = retraining.dead_percentage(model, x)
    for bias in (0.0, np.where(np.arange(300) < 200, -1e3, 1e3)):
        model.layers[1].bias.assign(np.broadcast_to(bias, 300))
        behind_activations = dead_fraction(model, x)[[1, 3]]
        assert percentage() == pytest.approx(100 * np.average(behind_activations, weights=n_units))
    assert percentage() >= 50


@pytest.mark.parametrize("threshold", [0.05, 1.0])
def test_the_recurrent_network_is_that_of_keras_with_global_clipnorm(built, data, threshold):
    lab = built("recurrent").lab
    lab.set(rate=0.1, threshold=threshold)
    settle(lab)
    recurrent = layers.SimpleRNN(
        100,
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(11),
        recurrent_initializer=initializers.Orthogonal(seed=12),
    )
    output = layers.Dense(10, "softmax", kernel_initializer=initializers.GlorotUniform(13))
    optimizer = keras.optimizers.SGD(global_clipnorm=threshold)
    np.testing.assert_allclose(losses(lab), twin_losses([recurrent, output], optimizer, 100, 0.1, data), rtol=1e-4)
    raw, clipped = (points.column(lab._runs[0].points, name) for name in ("raw", "clipped"))
    assert max(raw) > threshold  # so that there was something to clip
    np.testing.assert_array_equal(clipped, np.minimum(raw, threshold))


@pytest.mark.parametrize("dragged", [-10.0, 0.4, 8.1])
def test_a_batch_is_normalised_as_the_formula_says(built, dragged):
    lab = built("batch").lab
    lab.set(dragged=dragged)
    z, output = np.array([x for x, _ in lab.frame["numbers"]]).T
    assert z[-1] == dragged
    np.testing.assert_allclose(output, (z - z.mean()) / np.sqrt(z.var() + 1e-3), rtol=1e-4)
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", lab.frame["sentence"])]
    others = output[:-1]
    expected = [dragged, z.mean(), z.std(), output[-1], others.min(), others.max()]
    np.testing.assert_allclose(numbers, expected, atol=0.005 + 1e-4)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0, 2.0])
def test_the_activation_lab_draws_the_functions_with_its_alpha(built, alpha):
    lab = built("activation").lab
    lab.set(alpha=alpha)
    z = np.linspace(-4, 4, 161)
    drawn = [y for x, y in lab.frame["numbers"] if len(x) == len(z)]
    values = [np.where(z > 0, z, alpha * np.expm1(z)), np.where(z > 0, z, alpha * z)]
    slopes = [curve(lambda z: keras.activations.elu(z, alpha), z)[1], np.where(z > 0, 1, alpha)]
    np.testing.assert_allclose(drawn, values + slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["initialization", "depth"])
def test_a_lab_that_shows_25_images_does_not_keep_the_others(data, name):
    tracemalloc.start()
    try:
        lab = BUILD[name](data)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < data.x_train.nbytes / 4
    finally:
        tracemalloc.stop()
        lab.close()
