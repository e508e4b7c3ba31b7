"""A patient's chart: all that decides a network and its training, as a dict; `network` makes it in Keras."""

import keras
from keras import layers

from helpers.data import rescale, standardize

HEALTHY = {
    "inputs": "standardized",
    "layers": 2,
    "units": 100,
    "block": "plain",
    "activation": "relu",
    "initializer": "he_normal",
    "normalization": "none",
    "training flag in use": False,
    "rate": 0.01,
    "clipping": "none",
    "batch size": 32,
}
CHOICES = {  # of the values that are words, or one of two
    "inputs": ("standardized", "0 to 1", "0 to 255"),
    "block": ("plain", "residual", "recurrent"),
    "activation": ("relu", "leaky_relu", "elu", "selu", "tanh", "gelu", "silu", "sigmoid"),
    "initializer": ("he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal", "orthogonal"),
    "normalization": ("none", "batch", "layer"),
    "training flag in use": (False, True),
}
CLIPPING = ("clipvalue", "clipnorm", "global_clipnorm")
GIVEN = ("layers", "units")  # what the patient is to keep


def network(chart):
    """Make the network of a chart, compiled.

    Parameters
    ----------
    chart : dict
        With the keys of `HEALTHY`. "clipping" is "none" or a pair of the optimizer's argument and a number.

    Returns
    -------
    keras.Model
        For images of 28 x 28, with 10 classes. The last layer of each hidden block is called "hidden_1" and so on.
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
    sgd = keras.optimizers.SGD(chart["rate"], **clipping)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _plain(a, chart, name):
    """Return what a dense layer makes of `a`, normalized before the activation if the chart says so."""
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


def inputs(kind, data):
    """Return the data as a network gets them.

    Parameters
    ----------
    kind : {"standardized", "0 to 1", "0 to 255"}
    data : FashionMNIST
        Brightness from 0 to 1.

    Returns
    -------
    FashionMNIST
    """
    if kind == "standardized":
        return standardize(data)
    return rescale(data, 255) if kind == "0 to 255" else data


def in_words(chart):
    """Return a chart as one writes it in Python, a line for each key."""
    return "\n".join(["{", *(f"    {_quoted(key)}: {_quoted(value)}," for key, value in chart.items()), "}"])


def _quoted(value):
    if isinstance(value, tuple):
        return f"({', '.join(map(_quoted, value))})"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def wrong_with(chart, changes):
    """Say what is wrong with changes that are asked for, or None.

    Parameters
    ----------
    chart : dict
        Of the patient.
    changes : object
        A dict is wanted, with keys of the chart.

    Returns
    -------
    str or None
    """
    if not isinstance(changes, dict):
        return f"A treatment is a dict, such as {{'rate': 0.02}}; this is {changes!r}."
    for key, value in changes.items():
        if key not in chart:
            return f"{key!r} does not stand on the chart; there are {', '.join(map(repr, chart))}."
        if key in GIVEN:
            return f"The {key!r} are given: the user needs them. Change something else."
        said = _wrong_value(chart, key, value)
        if said:
            return said
    return None


def _wrong_value(chart, key, value):
    if key in CHOICES:
        if value not in CHOICES[key]:
            return f"{key!r} can be {', '.join(map(repr, CHOICES[key]))}; this is {value!r}."
        if key == "block" and "recurrent" in (value, chart[key]) and value != chart[key]:
            return "A recurrent network stays one, and no other becomes one."
    elif key == "clipping":
        is_pair = (
            isinstance(value, (tuple, list)) and len(value) == 2 and value[0] in CLIPPING and _is_positive(value[1])
        )
        if value != "none" and not is_pair:
            return f"'clipping' is \"none\" or a pair such as ('{CLIPPING[-1]}', 5.0), of {', '.join(CLIPPING)}."
    elif not _is_positive(value) or (key == "batch size" and value not in (1, 2, 4, 8, 16, 32, 64)):
        return f"{key!r} is a number, such as {chart[key]}; this is {value!r}." + (
            " Take a power of 2 up to 64." if key == "batch size" else ""
        )
    return None


def _is_positive(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
