"""What lesson 5, gradient clipping, measures and draws: runs until they diverge, recurrence, and clipped steps."""

from collections import deque
from dataclasses import dataclass

import keras
import numpy as np

from helpers.checks import check_counts
from helpers.plotting.base import as_array, as_arrays, course_style, described, draw_arrow, new_figure, one_panel
from helpers.plotting.colors import BLUE, CYCLE, VERMILLION, readable, styles_of
from helpers.signals import angle_between
from helpers.training import Settings, Trainer, batch_orders
from helpers.training.steps import CHUNK_STEPS
from helpers.training.trainer import state_of

N_LAST, BATCH_SIZE = 20, 32


@dataclass(frozen=True)
class Step:
    """What an optimizer step starts from: the weights, the batch (`x` of shape (n_examples, n_rows, n_in)), its loss.

    The norm is that of the whole gradient. The weights, float32, are those of SimpleRNN (kernel, recurrent kernel,
    bias) and of Dense (kernel, bias).
    """

    weights: tuple
    x: np.ndarray
    y: np.ndarray
    loss: float
    norm: float


@dataclass(frozen=True)
class FollowedRun:
    """A run of a recurrent network: loss and norm of the whole gradient, float64, at each step that was taken.

    Only the last loss may not be finite; `last` are the last 20 steps that started from a finite one.
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
    """Follow a run: in whole chunks, which is faster, and again from the last but one, step by step."""
    starts, found, last = deque(maxlen=2), [], deque(maxlen=N_LAST)
    for first in range(0, len(batches), CHUNK_STEPS):
        starts.append((first, state_of(trainer.model)))
        chunk = _losses_and_norms(trainer, batches[first : first + CHUNK_STEPS])
        found += chunk
        if not np.isfinite([loss for loss, _ in chunk]).all():
            break
    first, state = starts[0]
    trainer.restore(state)
    del found[first:]
    for batch in batches[first:]:
        weights = tuple(trainer.model.get_weights())
        found += _losses_and_norms(trainer, batch)
        if not np.isfinite(found[-1][0]):
            break
        last.append(Step(weights, data.x_train[batch], data.y_train[batch], *found[-1]))
    losses, norms = np.transpose(found)
    return FollowedRun(losses, norms, tuple(last))


def _losses_and_norms(trainer, batches):
    ((losses, _, norms),) = trainer.steps(np.ravel(batches))
    return list(zip(losses.tolist(), np.linalg.norm(norms.astype(float), axis=1).tolist(), strict=True))


@course_style
def plot_reading(image):
    """Draw how a recurrent network reads an image, an array of shape (28, 28): a copy of the unit for each row.

    >>> figure = plot_reading(np.eye(28))
    """
    figure, panels = new_figure(7.2, 3.2, 1, 2, width_ratios=(1, 3.2))
    picture, axes = panels.flat
    picture.imshow(as_array(image, "image", 2, finite=True), cmap="Greys")
    picture.set(xticks=[], yticks=(0, 13, 27), yticklabels=("row 1", "row 14", "row 28"))
    axes.set(xlim=(-0.6, 5.6), ylim=(-1.6, 0.9))
    axes.axis("off")
    axes.set_xlabel("row")  # not drawn: the rows have their names
    for place, row in ((0, "1"), (1, "2"), (2, "3"), (4, "{28}")):
        _draw_state(axes, place, f"$h_{row}$", f"row {row.strip('{}')}", is_last=place == 4)
        axes.text(place + 0.1, -0.6, "$U$", va="center")
    for place in range(4):
        axes.text(place + 0.5, 0.2, "$W$", ha="center", color=readable(BLUE))
    for place, text in ((3, "..."), (5.05, "output\nlayer")):
        axes.text(place, 0, text, ha="center", va="center")
    draw_arrow(axes, (3.28, 0), (3.72, 0), BLUE, shrinkA=2, shrinkB=2)
    return described(
        figure,
        "Left: an image. Right, from left to right: row 1 enters the state h1 through U; h1 through W, and row 2 "
        "through U, make h2, and so on to h28, which goes to the output layer. U and W are the same in each row.",
    )


@course_style
def plot_unrolled(weight, gradient):
    """Draw a recurrent network of one linear unit, unrolled, with its weight in each row and the gradient.

    The gradient has shape (n_states,), the first state first.

    >>> figure = plot_unrolled(2, [8, 4, 2, 1])
    """
    weight = as_array(weight, "weight", 0, finite=True)
    gradient = as_array(gradient, "gradient", 1, finite=True)
    figure, axes = one_panel(2.7)
    n_rows = len(gradient)
    axes.set(xlim=(-0.5, n_rows + 0.1), ylim=(-1.3, 1.2))
    axes.axis("off")
    axes.set_xlabel("row")  # not drawn: the states have their names
    for place, size in enumerate(gradient):
        _draw_state(axes, place, f"$h_{{{place + 1}}}$", f"$x_{{{place + 1}}}$", is_last=place == n_rows - 1)
        axes.text(place, 0.72, f"{size:.3g}", ha="center", va="center", color=readable(VERMILLION), fontweight="bold")
        if place < n_rows - 1:
            axes.text(place + 0.5, 0.2, f"× {weight:g}", ha="center", va="center", color=readable(BLUE))
            draw_arrow(axes, (place + 0.7, 0.72), (place + 0.3, 0.72), VERMILLION, shrinkA=2, shrinkB=2)
    axes.text(n_rows - 0.18, 0, "loss", ha="left", va="center")
    axes.text(-0.45, 1.1, "gradient, on its way back", va="center", color=readable(VERMILLION))
    return described(
        figure,
        f"A recurrent unit at {n_rows} rows, each with its input; the state is multiplied by {weight:g} from row to "
        f"row. The gradient comes back from {gradient[-1]:.3g} at the last state to {gradient[0]:.3g} at the first.",
    )


def _draw_state(axes, place, name, row, is_last):
    """Draw a state as a circle, the row that enters it from below, and the arrow to what comes next."""
    axes.plot(place, 0, "o", markersize=32, color="white", markeredgecolor="0.3", markeredgewidth=1.5)
    axes.text(place, 0, name, ha="center", va="center")
    axes.text(place, -1.1, row, ha="center", va="center")
    draw_arrow(axes, (place, -0.92), (place, -0.33), "0.5", shrinkA=2, shrinkB=2)
    draw_arrow(axes, (place + 0.28, 0), (place + 0.72, 0), "0.5" if is_last else BLUE, shrinkA=2, shrinkB=2)


@course_style
def plot_end_of_run(curves, n_last=20):
    """Draw quantities of a run that diverged over its optimizer steps, a row each; on the right its last steps alone.

    The curves, all of one shape (n_steps,), are drawn on logarithmic axes; what is not finite is left out.

    >>> figure = plot_end_of_run({"loss": [0.9, 0.8, 1.1, 95, np.nan]}, n_last=3)
    """
    curves = as_arrays(curves, 1)
    figure, rows = new_figure(
        7.2, 1.0 + 1.9 * len(curves), len(curves), 2, sharex="col", sharey="row", width_ratios=(3, 2)
    )
    parts = []
    for row, (name, values) in zip(rows, curves.items(), strict=True):
        steps = np.arange(1, 1 + len(values))
        for panel, marker, first in zip(row, (None, "."), (0, -n_last), strict=True):
            panel.semilogy(steps[first:], values[first:], marker=marker, linewidth=1, markersize=8)
            panel.grid(color="0.92")
        row[0].set_ylabel(name)
        seen = values[np.isfinite(values)]
        ends = f"median {np.median(seen):.3g}, the last finite one {seen[-1]:.3g}" if len(seen) else "never finite"
        parts.append(f"{name}: {ends}")
    for panel, title in zip(rows[0], ("all steps", "the last steps"), strict=True):
        panel.set_title(title)
    for panel in rows[-1]:
        panel.set_xlabel("optimizer step")
    return described(figure, f"A run of {len(steps)} steps, on the right its last {n_last}. {'; '.join(parts)}.")


@course_style
def plot_descent(x, loss, walk, ends, xlabel):
    """Draw a loss over one parameter, a walk down it, and where the step after the walk can end, each end an arrow.

    On the right the end of the walk is enlarged; there its last step is an arrow, too. `x`, ascending, and `loss` have
    shape (n,), `walk` shape (2, n_places): the places in their order, and the loss there. An end is a pair of place and
    loss.

    >>> x = np.linspace(-2, 2, 41)
    >>> figure = plot_descent(x, x**2, ([-1, 0.5], [1, 0.25]), {"full step": (-0.2, 0.04)}, "$b$")
    """
    x, loss = as_arrays({"x": x, "loss": loss}, 1, finite=True).values()
    walk, ends = as_array(walk, "walk", 2, finite=True), as_arrays(ends, 1, finite=True)
    figure, ((axes, enlarged),) = new_figure(7.2, 4.2, 1, 2, sharey=True, width_ratios=(2, 1))
    before, last = walk[:, -2:].T
    for panel in (axes, enlarged):
        panel.plot(x, loss, color="0.7", linewidth=3)
        panel.plot(*walk, "o", color="0.25", markersize=4)
        panel.grid(color="0.92")
        panel.set_xlabel(xlabel)
    axes.set(ylabel="loss", xlim=(x[0], x[-1]), title="the whole walk")
    left, right = sorted((before[0], last[0]))
    enlarged.set(xlim=(left - 1.5 * (right - left), right + 5 * (right - left)), title="its end, enlarged")
    parts = []
    for name, (color, line) in styles_of(ends).items():
        draw_arrow(axes, last, ends[name], color, name, linestyle=line, linewidth=2.5, shrinkA=3, shrinkB=0)
        enlarged.plot(*np.transpose([last, ends[name]]), color=color, linestyle=line, linewidth=2.5)
        parts.append("{}: to {:.2f} (loss {:.2g})".format(name, *ends[name]))
    draw_arrow(enlarged, before, last, CYCLE[2][0], "last step of the walk")
    for panel in (axes, enlarged):
        panel.legend(loc="upper right", fontsize="small")
    walked = "{} steps from {:.2f} (loss {:.2g}) to {:.2f} (loss {:.2g})".format(walk.shape[1] - 1, *walk[:, 0], *last)
    return described(
        figure,
        f"Loss between {loss.min():.2g} and {loss.max():.2g} over {xlabel}. A walk of {walked}. The next step, "
        f"{'; '.join(parts)}.",
    )


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
            draw_arrow(panel, (0, 0), gradient, color, f"{name}, raw", linewidth=1)
            draw_arrow(panel, (0, 0), vector, color, f"{name}, clipped", linewidth=3)
        panel.set(title=f"{kind}\nwhole turned by {angle:.0f}°", xlabel="first number", aspect="equal")
        panel.set(xlim=(left, right), ylim=(bottom, top))
        panel.grid(color="0.92")
        numbers = ", ".join(f"{name} ({a:.2g}, {b:.2g})" for name, (a, b) in zip(gradients, vectors, strict=True))
        parts.append(f"{kind}: {numbers}, turned by {angle:.1f} degrees in all")
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))  # or the legend lies on the labels
    panels.flat[0].set_ylabel("second number")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    numbers = ", ".join(f"{name} ({a:.3g}, {b:.3g})" for name, (a, b) in gradients.items())
    return described(figure, f"The raw gradients: {numbers}. {'; '.join(parts)}.")
