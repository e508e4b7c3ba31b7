"""A patient's chart: a dict with everything that decides a network and its training. `network` builds it in Keras."""

from numbers import Integral, Real

import keras
import numpy as np
from keras import layers

HEALTHY = {
    "inputs": "standardized",
    "layers": 2,
    "units": 100,
    "block": "plain",
    "activation": "relu",
    "initializer": "he_normal",
    "normalization": "none",
    "training mode at inference": False,
    "learning rate": 0.01,
    "clipping": "none",
    "batch size": 32,
}
CHOICES = {  # for the keys whose value is a word, or True or False
    "inputs": ("standardized", "0 to 1", "0 to 255"),
    "block": ("plain", "residual", "recurrent"),
    "activation": ("relu", "leaky_relu", "elu", "selu", "tanh", "gelu", "silu", "sigmoid"),
    "initializer": ("he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal", "orthogonal"),
    "normalization": ("none", "batch", "layer"),
    "training mode at inference": (False, True),
}
CLIPPING = ("clipvalue", "clipnorm", "global_clipnorm")
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
LARGEST = float(np.finfo(np.float32).max)
POSSIBLE = {key: ", ".join(map(repr, values)) for key, values in CHOICES.items()} | {
    "clipping": f"'none', or one of {', '.join(CLIPPING)} with a positive number, such as ('global_clipnorm', 5.0)",
    "learning rate": "a positive number, such as 0.02",
    "batch size": f"a power of 2 up to {BATCH_SIZES[-1]}, written as a whole number",
}
FIXED = ("layers", "units")  # a treatment does not change the size of the network


def network(chart):
    """Build and compile the network of a chart, for images of 28 x 28 pixels and 10 classes.

    The last layer of each hidden block is called "hidden_1" and so on.
    """
    image = keras.Input((28, 28))
    if chart["block"] == "recurrent":  # 28 steps of 28 numbers
        start = {"kernel_initializer": chart["initializer"], "recurrent_initializer": "orthogonal"}
        a = layers.SimpleRNN(chart["units"], activation=chart["activation"], name="hidden_1", **start)(image)
    else:
        a = layers.Flatten()(image)
        for number in range(1, chart["layers"] + 1):
            block = _residual if number > 1 and chart["block"] == "residual" else _plain
            a = block(a, chart, f"hidden_{number}")
    model = keras.Model(image, layers.Dense(10, activation="softmax")(a))
    clipping = {} if chart["clipping"] == "none" else dict([chart["clipping"]])
    sgd = keras.optimizers.SGD(chart["learning rate"], **clipping)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _plain(a, chart, name):
    """Return the output of a dense layer for `a`, normalized before the activation if the chart says so."""
    dense = {"units": chart["units"], "kernel_initializer": chart["initializer"]}
    if chart["normalization"] == "none":
        return layers.Dense(activation=chart["activation"], name=name, **dense)(a)
    kinds = {"batch": layers.BatchNormalization(momentum=0.9), "layer": layers.LayerNormalization()}
    z = kinds[chart["normalization"]](layers.Dense(**dense)(a))
    return layers.Activation(chart["activation"], name=name)(z)


def _residual(a, chart, name):
    """Return `a` plus a branch, as in lesson 3: layer normalization, activation, dense layer."""
    branch = layers.Activation(chart["activation"])(layers.LayerNormalization()(a))
    branch = layers.Dense(chart["units"], kernel_initializer=chart["initializer"])(branch)
    return layers.Add(name=name)([a, branch])


def in_words(chart):
    """Return a chart as Python code, with one line for each key."""
    lines = [f"    {key!r}: {value!r}," for key, value in chart.items()]
    return "\n".join(["{", *lines, "}"]).replace("'", '"')


def checked(chart, changes):
    """Return the changes to a patient's chart with Python's own numbers, and without those that change nothing.

    A change that is not possible raises ValueError; its text is written for the learner.
    """
    if not isinstance(changes, dict):
        raise ValueError(f"A treatment is a dict, such as {{'learning rate': 0.02}}; this is {changes!r}.")
    for key in changes:
        if key not in chart:
            raise ValueError(f"{key!r} is not on the chart. Its keys are {', '.join(map(repr, chart))}.")
        if key in FIXED:
            raise ValueError(f"The number of {key} cannot be changed. Change something else.")
    values = {key: _checked_value(key, value) for key, value in changes.items()}
    block = values.get("block", chart["block"])
    if "recurrent" in (block, chart["block"]) and block != chart["block"]:
        raise ValueError(
            "A recurrent network stays recurrent, and no other network becomes recurrent. Change something else."
        )
    return {key: value for key, value in values.items() if value != chart[key]}


def _checked_value(key, value):
    """Return a value as Keras takes it, or raise ValueError."""
    match key, value:
        case "learning rate", _ if _is_positive(value):
            return float(value)
        case "batch size", _ if is_whole(value) and value in BATCH_SIZES:
            return int(value)
        case "clipping", [str(kind), threshold] if kind in CLIPPING and _is_positive(threshold):
            return kind, float(threshold)
        case "clipping", str("none"):
            return value
        case _, str() | bool() if value in CHOICES.get(key, ()):
            return value
    raise ValueError(f"{key!r} can be {POSSIBLE[key]}; this is {value!r}.")


def is_whole(value):
    """Tell whether a value is a whole number, Python's or NumPy's; True and 32.0 do not count."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_positive(value):
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < value <= LARGEST
