"""Benchmark: `Trainer` beside `model.fit` and beside the matrix products alone. Not a test; `make bench` runs it.

All three take turns in one process, several rounds, and the fastest round of each counts: other programs on the
machine can only slow a round down. What to look at is the ratios.
"""

import time

import keras
import numpy as np
from keras import layers

from helpers.data import Images
from helpers.training import Settings, Trainer

BATCH = 32
STEPS_IN_LESSON = 5 * 1719  # what XLA is worth depends on it
ROUNDS = 5


def leaky_relu_net():
    """784-300-100-10 with leaky ReLU, the network of lesson 2."""
    hidden = []
    for n_units in (300, 100):
        hidden += [layers.Dense(n_units, kernel_initializer="he_normal"), layers.LeakyReLU(negative_slope=0.3)]
    return compiled(hidden)


def batch_norm_net():
    """The network of lesson 4: batch norm before each layer, ELU."""
    hidden = [layers.BatchNormalization()]
    for n_units in (300, 100):
        hidden += [
            layers.Dense(n_units, activation="elu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
        ]
    return compiled(hidden)


def deep_selu_net():
    """The network of lesson 3: 100 hidden layers with SELU."""
    sizes = [300] + 99 * [100]
    return compiled([layers.Dense(n, activation="selu", kernel_initializer="lecun_normal") for n in sizes])


def compiled(hidden):
    """Return a network with these hidden layers, compiled as in the lessons."""
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])
    sgd = keras.optimizers.SGD(1e-3)
    model.compile(loss="sparse_categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
    return model


def matrix_products(model):
    """Return a function that does one training step's matrix products in NumPy, back to back."""
    rng = np.random.default_rng(0)
    products = []
    for position, kernel in enumerate(layer.kernel for layer in model.layers if hasattr(layer, "kernel")):
        n_in, n_out = kernel.shape
        x, w, g = (rng.standard_normal(s, dtype=np.float32) for s in ((BATCH, n_in), (n_in, n_out), (BATCH, n_out)))
        products += [(x, w, np.empty_like(g)), (x.T, g, np.empty_like(w))]
        if position:  # the gradient with respect to the images is not needed
            products.append((g, w.T, np.empty_like(x)))

    def step():
        for left, right, out in products:
            np.dot(left, right, out=out)

    return step


def seconds(run, n_steps):
    """Return the time of a run, in seconds per step."""
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) / n_steps


def measure(build, n_steps):
    """Return the fastest seconds per step of fit, train and the matrix products."""
    rng = np.random.default_rng(0)
    images = Images(rng.integers(0, 256, (BATCH * n_steps, 28, 28), np.uint8))
    x, y = np.asarray(images), rng.integers(0, 10, len(images))
    fit_model, train_model = build(), build()
    trainer = Trainer(train_model, images, y, Settings(BATCH, n_steps=STEPS_IN_LESSON))
    order = rng.permutation(len(x))
    products = matrix_products(train_model)
    contestants = {
        "fit": lambda: fit_model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0),
        "train": lambda: trainer.epoch(order),
        "products": lambda: [products() for _ in range(n_steps)],
    }
    for run in contestants.values():
        run()  # compile and warm up
    rounds = [{name: seconds(run, n_steps) for name, run in contestants.items()} for _ in range(ROUNDS)]
    return {name: min(found[name] for found in rounds) for name in contestants}


def main():
    """Print one line per network."""
    title = f"ms per step, batch {BATCH}"
    print(f"{title:24}{'fit':>8}{'train':>8}{'products':>10}{'fit/train':>11}{'train/products':>16}")
    for build, n_steps in ((leaky_relu_net, 1500), (batch_norm_net, 1500), (deep_selu_net, 400)):
        best = measure(build, n_steps)
        times = f"{1e3 * best['fit']:8.2f}{1e3 * best['train']:8.2f}{1e3 * best['products']:10.2f}"
        ratios = f"{best['fit'] / best['train']:11.2f}{best['train'] / best['products']:16.2f}"
        print(f"{build.__name__:24}{times}{ratios}", flush=True)


if __name__ == "__main__":
    main()
