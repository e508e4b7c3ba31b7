"""Train the network of a chart from several seeds: the same seeds for patient, twin and treated patient."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from course.clinic.chart import network
from helpers.data import FashionMNIST, rescale, standardize
from helpers.memory import release_memory
from helpers.signals import layer_signals
from helpers.signals.models import statistics_kept
from helpers.training import Settings, Trainer, batch_orders
from helpers.training.comparison import seeded
from helpers.training.programs import program_key
from helpers.training.steps import without_remapper

N_IMAGES, N_VALID, BATCH = 6_400, 500, 32
DEEP = 30  # from so many layers on, norms are only measured on request: that takes as long as the training itself


@dataclass(frozen=True)
class Side:
    """The patient or its twin: its chart, how many times 32 images it is trained on, and its seeds."""

    chart: dict
    n_points: int
    seeds: tuple


@dataclass(frozen=True)
class Training:
    """The training runs of one side, one for each seed; NaN once the loss is no longer finite."""

    losses: np.ndarray  # float64 (n_seeds, n_points): for every 32 images, the mean loss of their batches
    norms: np.ndarray  # likewise the norm of the whole gradient before clipping; NaN where it was not measured
    accuracy: np.ndarray  # float64 (n_seeds,): after the last step, at inference, on the validation images
    weights: tuple  # for each seed, the weights after the last step: a list of arrays


class ChartTrainer:
    """Train charts. Charts with the same program share a compiled loop, and no chart is trained twice."""

    def __init__(self, data):
        if not isinstance(data, FashionMNIST):
            raise TypeError(f"data is what load_fashion_mnist() returns; this is {type(data).__name__}")
        if len(data.x_train) < N_IMAGES or len(data.x_valid) < N_VALID:
            raise ValueError(f"{data!r} has too few images; take {N_IMAGES:,} training and {N_VALID} validation images")
        self._data = data.first(N_IMAGES)
        self._inputs, self._trainers, self._trainings = {}, {}, {}

    def inputs(self, chart):
        """Return the data, a FashionMNIST, scaled as the chart says."""
        kind = chart["inputs"]
        if kind not in self._inputs:
            scale = {"standardized": standardize, "0 to 1": lambda data: data, "0 to 255": lambda x: rescale(x, 255)}
            self._inputs[kind] = scale[kind](self._data)
        return self._inputs[kind]

    def validation_images(self, chart):
        """Return images and labels that are not used for training, arrays of shape (500, 28, 28) and (500,)."""
        data = self.inputs(chart)
        return data.x_valid[:N_VALID], data.y_valid[:N_VALID]

    def model(self, chart, seed, weights=None):
        """Return the chart's network before its first step, or with these weights."""
        with seeded(seed):
            model = network(chart)
        if weights is not None:
            model.set_weights(weights)
        return model

    def signals(self, chart, seed, weights=None):
        """Measure the layers of such a network on the validation images; return `Signals`."""
        x, y = self.validation_images(chart)
        return layer_signals(self.model(chart, seed, weights), x, y, training=chart["normalization"] == "batch")

    def train(self, side, norms=False):
        """Train a side and return its `Training`; with `norms`, the norms of a deep network are measured, too."""
        norms = norms or side.chart["layers"] < DEEP
        key = repr((side, norms))
        if key not in self._trainings:
            runs = [self._train_once(side.chart, side.n_points, seed, norms) for seed in side.seeds]
            losses, norms, accuracy, weights = zip(*runs, strict=True)
            self._trainings[key] = Training(*map(np.array, (losses, norms, accuracy)), weights)
        return self._trainings[key]

    def _train_once(self, chart, n_points, seed, with_norms):
        size = chart["batch size"]
        n_steps = max(1, n_points * BATCH // size)
        trainer = self._trainer(chart, seed, n_steps, with_norms)
        losses, norms = np.full((2, n_steps), np.nan)
        done = 0
        for part, _, measured in trainer.steps(next(batch_orders(N_IMAGES, size, seed, n_steps))):
            here = slice(done, done + len(part))
            losses[here] = part
            norms[here] = np.linalg.norm(measured.astype(float), axis=1) if with_norms else np.nan
            done += len(part)
            if not np.isfinite(part).all():
                break
        lost = ~np.isfinite(losses)
        if lost.any():
            losses[np.argmax(lost) :] = norms[np.argmax(lost) :] = np.nan
        accuracy = np.nan if lost.any() else self._final_accuracy(trainer, chart)
        return *(_by_point(each, n_points) for each in (losses, norms)), accuracy, trainer.model.get_weights()

    def _final_accuracy(self, trainer, chart):
        """Return the accuracy in an application: a model in training mode gets one image at a time there."""
        if chart["training mode at inference"]:
            return self.accuracies(trainer.model, chart, (1,))[0]
        return trainer.evaluate(*self.validation_images(chart))["accuracy"]

    def _trainer(self, chart, seed, n_steps, with_norms):
        """Return a trainer that starts from the chart's network; one that is compiled already is used again."""
        model, data = self.model(chart, seed), self.inputs(chart)
        key = program_key(model), chart["batch size"], with_norms
        if key in self._trainers:
            self._trainers[key].start_from(model)
            self._trainers[key].feed(data.x_train, data.y_train)
        else:
            settings = Settings(chart["batch size"], gradient_norms=with_norms, n_steps=n_steps)
            self._trainers[key] = Trainer(model, data.x_train, data.y_train, settings)
        return self._trainers[key]

    def accuracies(self, model, chart, sizes):
        """Return a model's accuracy at inference when it is given so many images at a time, for each of the `sizes`."""
        flag = chart["training mode at inference"]
        x, y = self.validation_images(chart)
        any_number = tf.TensorSpec((None, *x.shape[1:]), tf.float32)
        predict = tf.function(lambda images: model(images, training=flag)).get_concrete_function(any_number)
        shares = []
        with statistics_kept(model), without_remapper():
            for n in sizes:
                classes = [np.argmax(predict(tf.constant(x[at : at + n])), axis=1) for at in range(0, len(x), n)]
                shares.append(float(np.mean(np.concatenate(classes) == y)))
        return shares

    def free_programs(self):
        """Delete the compiled loops: another patient does not need them."""
        self._trainers.clear()
        release_memory()


def _by_point(values, n_points):
    """Return the mean over the steps of each point; NaN if one of them is NaN."""
    if len(values) <= n_points:  # batches of 32, or larger ones
        return np.repeat(values, -(-n_points // len(values)))[:n_points]
    return values.reshape(n_points, -1).mean(axis=1)
