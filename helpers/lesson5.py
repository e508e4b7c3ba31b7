"""What lesson 5, gradient clipping, measures and draws: runs until they diverge, long steps and their clipping."""

import itertools
from collections import deque
from dataclasses import dataclass

import keras
import numpy as np

from helpers.checks import check_counts
from helpers.plotting.base import as_array, as_arrays, course_style, described, draw_arrow, new_figure, one_panel
from helpers.plotting.colors import BLUE, CYCLE, VERMILLION, readable, styles_of
from helpers.signals import angle_between
from helpers.training import Settings, Trainer, batch_orders

N_LAST, BATCH_SIZE = 8, 32


@dataclass(frozen=True)
class Step:
    """What an optimizer step starts from: the weights and the batch, `x` of shape (n_examples, n_steps, n_in).

    The weights, float32, are those of SimpleRNN (kernel, recurrent kernel, bias) and of Dense (kernel, bias).
    """

    weights: tuple
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class FollowedRun:
    """A run of a recurrent network: loss and norm of the whole gradient, float64, at each step that was taken.

    Only the last loss may not be finite; `last` are the last eight steps that started from a finite one.
    """

    losses: np.ndarray
    norms: np.ndarray
    last: tuple

    @property
    def diverged(self):
        """Whether it ended because its loss was no longer finite."""
        return not np.isfinite(self.losses[-1])


def follow_until_it_diverges(build, data, seeds, n_steps):
    """Train a network of one ReLU SimpleRNN layer and a softmax output from several seeds, and keep its last steps.

    Weights and batches (of 32 images) are those of `helpers.training.compare`. A run that does not diverge ends after
    `n_steps`. Returns a list of FollowedRun. For example, ``follow_until_it_diverges(rnn, data, range(6), 400)``.
    """
    check_counts(n_seeds=len(seeds), n_steps=n_steps)
    runs, trainer = [], None
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = build()
        if trainer is None:
            settings = Settings(BATCH_SIZE, gradient_norms=True, n_steps=n_steps)
            trainer = Trainer(model, data.x_train, data.y_train, settings)
        trainer.start_from(model)
        order = next(batch_orders(len(data.x_train), BATCH_SIZE, seed, n_steps))
        runs.append(_follow(trainer, data, order.reshape(n_steps, BATCH_SIZE)))
    return runs


def _follow(trainer, data, batches):
    found, last = [], deque(maxlen=N_LAST)
    for batch in batches:
        weights = tuple(trainer.model.get_weights())
        ((losses, _, norms),) = trainer.steps(batch)
        found.append((float(losses[0]), float(np.linalg.norm(norms[0].astype(float)))))
        if not np.isfinite(losses[0]):
            break
        last.append(Step(weights, data.x_train[batch], data.y_train[batch]))
    losses, norms = np.transpose(found)
    return FollowedRun(losses, norms, tuple(last))


def loss_and_gradient(step, weights=None, all_active=False):
    """Return loss and gradient of a step's batch, and the gradient's norm at each state on its way back.

    The gradient, a list of float64 arrays, is that of the mean cross-entropy with respect to each of the weights (by
    default those of the step). ``norms[k]``, float64, is the norm with respect to the states k steps before the last.
    With `all_active` the gradient passes silent units, too, which it does not in the network. For example,
    ``loss, gradient, norms = loss_and_gradient(run.last[-1])``.
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
    """Return the factor by which a batch's gradient grows per step back, the geometric mean over all steps.

    For example, ``growth_per_step_back(run.last[-1])``.
    """
    _, _, norms = loss_and_gradient(step, all_active=all_active)
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def state_size(step):
    """Return the root mean square of the lengths of a batch's last states; for example, ``state_size(run.last[0])``."""
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

    For example, ``loss_after(run.last[-2], rate=0.3, threshold=1.0)``.
    """
    _, gradient, _ = loss_and_gradient(step)
    norm = np.sqrt(sum((part**2).sum() for part in gradient))
    length = rate * min(1, threshold / norm)
    moved = [weight - length * part for weight, part in zip(step.weights, gradient, strict=True)]
    return loss_and_gradient(step, moved)[0]


@course_style
def plot_unrolled(weight, gradient):
    """Draw a recurrent network of one linear unit, unrolled, with its weight at each step and the gradient.

    The gradient has shape (n_states,), the first state first.

    >>> figure = plot_unrolled(2, [8, 4, 2, 1])
    """
    weight = as_array(weight, "weight", 0, finite=True)
    gradient = as_array(gradient, "gradient", 1, finite=True)
    figure, axes = one_panel(2.7)
    n_steps = len(gradient)
    axes.set(xlim=(-0.5, n_steps + 0.1), ylim=(-1.15, 1.2))
    axes.axis("off")
    axes.set_xlabel("step")  # not drawn: the states have their names
    for place, size in enumerate(gradient):
        axes.plot(place, 0, "o", markersize=32, color="white", markeredgecolor="0.3", markeredgewidth=1.5)
        axes.text(place, 0, f"$h_{{{place + 1}}}$", ha="center", va="center")
        axes.text(place, -1.0, f"$x_{{{place + 1}}}$", ha="center", va="center")
        axes.text(place, 0.72, f"{size:.3g}", ha="center", va="center", color=readable(VERMILLION), fontweight="bold")
        arrows = [((place, -0.85), (place, -0.33), "0.5"), ((place + 0.28, 0), (place + 0.72, 0), BLUE)]
        if place < n_steps - 1:
            axes.text(place + 0.5, 0.2, f"× {weight:g}", ha="center", va="center", color=readable(BLUE))
            arrows.append(((place + 0.7, 0.72), (place + 0.3, 0.72), VERMILLION))
        for arrow in arrows:
            draw_arrow(axes, *arrow, shrinkA=2, shrinkB=2)
    axes.text(n_steps - 0.18, 0, "loss", ha="left", va="center")
    axes.text(-0.45, 1.1, "gradient, back in time", va="center", color=readable(VERMILLION))
    return described(
        figure,
        f"A recurrent unit at {n_steps} steps, each with its input; the state is multiplied by {weight:g} from step to "
        f"step. The gradient comes back from {gradient[-1]:.3g} at the last state to {gradient[0]:.3g} at the first.",
    )


@course_style
def plot_descent(x, loss, walks, xlabel):
    """Draw a loss over one parameter, and walks down it: their places, and the longest step of each as an arrow.

    `x`, ascending, and `loss` have shape (n,). A walk has its places, at least two, in their order, and the loss there.

    >>> x = np.linspace(-2, 2, 41)
    >>> figure = plot_descent(x, x**2, {"plain": ([-1, 0.5, -0.2], [1, 0.25, 0.04])}, "$b$")
    """
    x, loss = as_arrays({"x": x, "loss": loss}, 1, finite=True).values()
    walks = as_arrays(walks, 2, finite=True)
    check_counts(n_steps_of_a_walk=min(walk.shape[1] - 1 for walk in walks.values()))
    figure, axes = one_panel(4.2)
    axes.plot(x, loss, color="0.6", linewidth=3)
    axes.set(xlabel=xlabel, ylabel="loss", xlim=(x[0], x[-1]))
    axes.grid(color="0.92")
    parts, styles = [], styles_of(walks)
    looks = itertools.cycle((("o", 9), ("D", 5)))
    for height, ((name, walk), (marker, size)) in enumerate(zip(walks.items(), looks, strict=False)):
        places = walk[0]
        color, line = styles[name]
        axes.plot(*walk, marker, color=color, markersize=size, alpha=0.6, markeredgecolor="white")
        longest = int(np.argmax(np.abs(np.diff(places))))
        start, end = walk[:, longest], walk[:, longest + 1]
        bend = f"arc3,rad={-0.25 - 0.35 * height}"
        draw_arrow(axes, start, end, color, linestyle=line, shrinkA=4, shrinkB=4, connectionstyle=bend)
        axes.plot([], [], marker, color=color, linestyle=line, label=name)
        ends = " to ".join(f"{place:.2f} (loss {value:.2g})" for place, value in (start, end))
        walked = f"{len(places) - 1} steps from {places[0]:.2f} to {places[-1]:.2f}"
        parts.append(f"{name}: {walked}, the longest, number {longest + 1}, from {ends}")
    axes.legend(loc="upper right")
    return described(figure, f"Loss between {loss.min():.2g} and {loss.max():.2g} over {xlabel}. {'; '.join(parts)}.")


@course_style
def plot_clipped_gradients(gradients, clipped):
    """Draw the gradients of several variables, two components each, and what clipping makes of them; a panel each kind.

    For each kind of clipping `clipped` has what the optimizer receives, in the order of the variables. The angle in a
    panel's title is that between all raw and all clipped numbers, each taken as one vector.

    >>> figure = plot_clipped_gradients({"kernel": [3, 4]}, {"by value": [[1, 1]], "by norm": [[0.6, 0.8]]})
    """
    gradients, clipped = as_arrays(gradients, 1, finite=True), as_arrays(clipped, 2, finite=True)
    figure, panels = new_figure(max(7.2, 2.5 * len(clipped)), 4.0, 1, len(clipped), sharex=True, sharey=True)
    raw = np.array([*gradients.values()])
    ends = np.concatenate([[(0.0, 0.0)], raw, *clipped.values()])
    margin = 0.12 * max(np.ptp(ends, axis=0).max(), 1e-12)
    (left, bottom), (right, top) = ends.min(axis=0) - margin, ends.max(axis=0) + margin
    parts = []
    for panel, (kind, vectors) in zip(panels.flat, clipped.items(), strict=True):
        angle = angle_between(np.ravel(raw), np.ravel(vectors))
        for (color, _), name, gradient, vector in zip(CYCLE, gradients, raw, vectors, strict=False):
            draw_arrow(panel, (0, 0), gradient, color, f"{name}, raw", linestyle=":", linewidth=1.2)
            draw_arrow(panel, (0, 0), vector, color, f"{name}, clipped", linewidth=3)
        panel.set(title=f"{kind}\nangle {angle:.1f}°", xlabel="first number", aspect="equal")
        panel.set(xlim=(left, right), ylim=(bottom, top))
        panel.grid(color="0.92")
        numbers = ", ".join(f"{name} ({a:.2g}, {b:.2g})" for name, (a, b) in zip(gradients, vectors, strict=True))
        parts.append(f"{kind}: {numbers}, turned by {angle:.1f} degrees in all")
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))  # or the legend lies on the labels
    panels.flat[0].set_ylabel("second number")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    numbers = ", ".join(f"{name} ({a:.3g}, {b:.3g})" for name, (a, b) in gradients.items())
    return described(figure, f"The raw gradients: {numbers}. {'; '.join(parts)}.")
