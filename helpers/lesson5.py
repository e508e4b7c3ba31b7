"""A recurrent network followed step by step until it diverges, and its gradient on the way back through time."""

from collections import deque
from dataclasses import dataclass

import keras
import numpy as np

from helpers.training import Trainer, batch_orders


@dataclass(frozen=True)
class Step:
    """What an optimizer step starts from, and finds.

    Attributes
    ----------
    weights : tuple of float32 ndarrays
        Before the step: kernel of shape (n_in, n_units), recurrent kernel of shape (n_units, n_units), bias, kernel of
        the output, bias of the output.
    x : float32 ndarray of shape (n_examples, n_steps, n_in)
    y : int ndarray of shape (n_examples,)
        The batch.
    """

    weights: tuple
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Run:
    """A run that was followed.

    Attributes
    ----------
    losses, norms : float64 ndarrays of shape (n_taken,)
        Loss and norm of the whole gradient at each step, the last one included, whose loss may not be finite.
    last : tuple of Step
        The last steps that started from a finite loss.
    """

    losses: np.ndarray
    norms: np.ndarray
    last: tuple

    @property
    def diverged(self):
        """Whether it ended because its loss was no longer finite."""
        return not np.isfinite(self.losses[-1])


def follow_until_it_diverges(build, data, seeds, n_steps, n_last=8, batch_size=32):
    """Train a network of one ReLU SimpleRNN layer and a softmax output from several seeds, and keep its last steps.

    Parameters
    ----------
    build : callable
        ``build()`` makes a new compiled model.
    data : FashionMNIST
    seeds : sequence of int
        Of weights and batches, as for `helpers.training.compare`.
    n_steps : int
        A run that does not diverge ends here.
    n_last : int
        Number of steps to keep.
    batch_size : int

    Returns
    -------
    list of Run
    """
    runs, trainer = [], None
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = build()
        if trainer is None:
            trainer = Trainer(model, data.x_train, data.y_train, batch_size, gradient_norms=True, n_steps=n_steps)
        else:
            trainer.start_from(model)
        order = next(batch_orders(len(data.x_train), batch_size, seed, True, n_steps))
        runs.append(_followed(trainer, data, order.reshape(n_steps, batch_size), n_last))
    return runs


def _followed(trainer, data, batches, n_last):
    found, last = [], deque(maxlen=n_last)
    for batch in batches:
        weights = tuple(trainer.model.get_weights())
        ((losses, _, norms),) = trainer.steps(batch)
        found.append((float(losses[0]), float(np.linalg.norm(norms[0].astype(float)))))
        if not np.isfinite(losses[0]):
            break
        last.append(Step(weights, data.x_train[batch], data.y_train[batch]))
    losses, norms = np.transpose(found)
    return Run(losses, norms, tuple(last))


def loss_and_gradient(step, weights=None, all_active=False):
    """Return loss and gradient of a step's batch, and the gradient's norm at each state on its way back.

    Parameters
    ----------
    step : Step
    weights : sequence of ndarrays, optional
        Those of the step by default.
    all_active : bool
        Whether the gradient passes silent units, too, on its way back, which it does not in the network.

    Returns
    -------
    loss : float
        Mean cross-entropy.
    gradient : list of float64 ndarrays
        Of each of the weights.
    norms : float64 ndarray of shape (n_steps,)
        Norm of the gradient of all states, the last state first: ``norms[k]`` is k steps back.
    """
    kernel, recurrent, bias, output, output_bias = (
        np.asarray(each, dtype=float) for each in (step.weights if weights is None else weights)
    )
    n_examples, n_times, _ = step.x.shape
    states = _states(step.x, kernel, recurrent, bias)
    z = states[-1] @ output + output_bias
    z -= z.max(axis=1, keepdims=True)
    log_probabilities = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    loss = -log_probabilities[np.arange(n_examples), step.y].mean()
    error = (np.exp(log_probabilities) - np.eye(len(output_bias))[step.y]) / n_examples
    parts = [np.zeros_like(each) for each in (kernel, recurrent, bias)]
    back, norms = error @ output.T, []
    for time in reversed(range(n_times)):
        norms.append(np.linalg.norm(back))
        delta = back if all_active else back * (states[time + 1] > 0)
        parts[0] += step.x[:, time].T @ delta
        parts[1] += states[time].T @ delta
        parts[2] += delta.sum(axis=0)
        back = delta @ recurrent.T
    return float(loss), [*parts, states[-1].T @ error, error.sum(axis=0)], np.array(norms)


def growth_per_step_back(step, all_active=False):
    """Return the factor by which the gradient of a batch grows per step back, on average from last state to first.

    Parameters
    ----------
    step : Step
    all_active : bool
        As for `loss_and_gradient`.

    Returns
    -------
    float
    """
    _, _, norms = loss_and_gradient(step, all_active=all_active)
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def state_size(step):
    """Return the length of a batch's last states, in root mean square over its examples.

    Parameters
    ----------
    step : Step

    Returns
    -------
    float
    """
    last = _states(step.x, *(np.asarray(each, dtype=float) for each in step.weights[:3]))[-1]
    return float(np.linalg.norm(last) / np.sqrt(len(last)))


def _states(x, kernel, recurrent, bias):
    """Return the states of shape (n_examples, n_units), from that before the first row to the last."""
    states = [np.zeros((len(x), len(recurrent)))]
    for row in np.moveaxis(x, 1, 0):
        states.append(np.maximum(0, row @ kernel + states[-1] @ recurrent + bias))
    return states


def loss_after(step, rate, threshold=np.inf):
    """Return the loss of a step's batch after SGD has taken the step, clipped by the global norm.

    Parameters
    ----------
    step : Step
    rate, threshold : float

    Returns
    -------
    float
    """
    _, gradient, _ = loss_and_gradient(step)
    norm = np.sqrt(sum((part**2).sum() for part in gradient))
    length = rate * min(1, threshold / norm)
    moved = [weight - length * part for weight, part in zip(step.weights, gradient, strict=True)]
    return loss_and_gradient(step, moved)[0]
