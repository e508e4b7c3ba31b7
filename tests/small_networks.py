"""Drawn data and networks that are trained in a moment."""

from types import SimpleNamespace

import keras
import numpy as np
from keras import layers

from helpers.training import Settings, Trainer, batch_orders
from helpers.training.comparison import train_epochs

N_FEATURES, N_CLASSES = 20, 4
N_TRAIN = 203  # six full batches of 32 and one of 11


def drawn_data(n_train=N_TRAIN, n_valid=70):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_train + n_valid, N_FEATURES)).astype(np.float32)
    y = (x @ rng.normal(size=(N_FEATURES, N_CLASSES))).argmax(axis=1).astype(np.uint8)
    return SimpleNamespace(x_train=x[:n_train], y_train=y[:n_train], x_valid=x[n_train:], y_valid=y[n_train:])


def classifier(optimizer="sgd", hidden=(), **dense):
    model = keras.Sequential([keras.Input((N_FEATURES,)), layers.Dense(16, activation="relu", **dense)])
    for layer in hidden:
        model.add(layer)
    model.add(layers.Dense(N_CLASSES, activation="softmax"))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def sgd(**options):
    return keras.optimizers.SGD(0.1, **options)


def seeded(build):
    keras.utils.set_random_seed(7)
    return build()


def train(model, data, epochs=1, seed=0, steps_per_epoch=None, **settings):
    """Train a single model as `compare` trains each of its models; return its history."""
    trainer = Trainer(model, data.x_train, data.y_train, Settings(**settings))
    orders = batch_orders(len(data.x_train), trainer.batch_size, seed, steps_per_epoch)
    return train_epochs(trainer, data, epochs, orders)
