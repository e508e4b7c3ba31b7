"""The drawn artists of every figure: their data, labels and places, and the description beside them."""

import functools
import io
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_rgb
from PIL import Image

from course.start import plot_course
from helpers import lesson1, lesson2, lesson3, lesson5, plotting
from helpers.plotting import base, colors
from helpers.signals import Signals

pytestmark = pytest.mark.filterwarnings("error")

KNOWN = ["ReLU", "leaky ReLU", "RReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU", "Mish"]
Z = np.linspace(-2, 2, 41)
NAN = np.nan


def signals_of(norms):
    """Return Signals with these norms of the gradients of the outputs, and else ones."""
    fields = dict.fromkeys(Signals.__annotations__, np.ones(len(norms)))
    return Signals(**fields | {"output_gradient_norm": np.asarray(norms, float)})


def drawn(figure):
    """Draw the figure, so that its texts have a place."""
    FigureCanvasAgg(figure).draw()
    return figure


def lines_of(figure):
    (axes,) = figure.axes
    return {line.get_label(): line for line in axes.lines}


def band_of(axes, index):
    """Return x, lowest and highest of a filled band."""
    (path,) = axes.collections[index].get_paths()
    at = np.unique(path.vertices[:, 0])
    heights = [path.vertices[path.vertices[:, 0] == x, 1] for x in at]
    return at, [values.min() for values in heights], [values.max() for values in heights]


def end_labels(figure):
    (axes,) = figure.axes
    return {text.get_text(): text for text in axes.texts}


def contrast_with_white(color):
    """Return the contrast ratio of the Web Content Accessibility Guidelines 2.1."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)


RNG = np.random.default_rng(0)
CURVES = {name: RNG.uniform(0.5, 0.9, (3, 5)) for name in ("ReLU", "ELU")}
DIVERGED = {name: np.c_[values, [NAN] * 3] for name, values in CURVES.items()}
ONES = {name: np.ones(5) for name in CURVES}
LAYERS = {name: {"layer 1": Z, "layer 5": 2 * Z} for name in CURVES}
OUTPUTS = {name: {"layer 1": values} for name, values in CURVES.items()}
RAW, CLIPPED = {"ReLU": [3, 4], "ELU": [1, 0]}, {"by value": [[1, 1], [1, 0]], "by norm": [[0.6, 0.8], [1, 0]]}
OF_MODELS = {  # each draws something of ReLU and of ELU
    "activations": (lesson2.plot_activations, Z, {name: (Z, np.ones_like(Z)) for name in CURVES}),
    "over steps": (plotting.plot_over_steps, CURVES, 20, "share of dead units"),
    "over epochs": (plotting.plot_over_epochs, {"training loss": CURVES, "accuracy": CURVES}),
    "log over steps": (plotting.plot_over_steps, CURVES, 20, "gradient norm", True, {"limit": 1.0}),
    "dots": (plotting.plot_dots, {name: values[:, -1] for name, values in CURVES.items()}, "validation accuracy"),
    "histograms": (plotting.plot_histograms, CURVES, "slope"),
    "by layer": (plotting.plot_by_layer, {"output": CURVES}),
    "by layer, predicted": (plotting.plot_by_layer, {"output": CURVES}, {"output": ONES}),
    "densities": (lesson1.plot_layer_densities, {"output": LAYERS}),
    "against": (plotting.plot_against, [1, 2, 3, 10, 100], CURVES, "depth", "accuracy"),
    "against, diverged": (plotting.plot_against, [1, 2, 3, 10, 100, 1000], DIVERGED, "rate", "loss"),
    "clipped gradients": (lesson5.plot_clipped_gradients, RAW, CLIPPED),
    "descent": (lesson5.plot_descent, Z, Z**2, (Z[:9], Z[:9] ** 2), dict.fromkeys(CURVES, (0.5, 0.25)), "weight"),
    "outputs": (lesson3.plot_outputs_by_depth, OUTPUTS, ["boot", "bag", "coat"]),
}
OTHERS = {
    "chain": (lesson1.plot_chain, [0.5, 2], [1, 0.5, 1], [1, 2, 1]),
    "reading": (lesson5.plot_reading, np.eye(28)),
    "unrolled": (lesson5.plot_unrolled, 2.0, [4, 2, 1]),
    "end of a run": (lesson5.plot_end_of_run, {"loss": [1.0, 0.8, 90, np.nan]}, 2),
    "firing": (lesson2.plot_firing, {0: np.eye(5) == 1, 2: np.zeros((5, 5), bool)}),
    "first steps": (lesson2.plot_first_steps, {"ReLU": 14, "scaled": 0.03}, {"ReLU": [10, NAN], "scaled": [85, 86]}),
    "pull and push": (lesson3.plot_pull_and_push, (0, 0.99)),
}
WITHOUT_DATA = {
    "course": (plot_course, [("Depth", "How deep?", "0.2 to 0.4 of a layer", [])] * 5),
    "residual block": (lesson3.plot_residual_block,),
}
FIGURES = OF_MODELS | OTHERS | WITHOUT_DATA


@functools.cache
def figure_of(kind):
    """Return the figure, which several tests look at and none changes."""
    function, *arguments = FIGURES[kind]
    return function(*arguments)


@pytest.mark.parametrize("kind", OF_MODELS)
def test_every_figure_describes_each_model_with_numbers(kind):
    description = figure_of(kind).description
    for name in ("ReLU", "ELU"):
        after = description.split(name, 1)[1].split(";")[0]
        assert any(character.isdigit() for character in after), description
    assert description[0].isupper()
    assert description.endswith(".")
    assert "nan" not in description


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_has_named_axes_and_all_text_inside_and_keeps_to_its_own_settings(kind):
    function, *arguments = FIGURES[kind]
    own = {"font.size": 30.0, "axes.titlesize": 40.0, "lines.linewidth": 9.0}
    with matplotlib.rc_context(own):  # as a learner may have set them
        png = base.to_png(function(*arguments))
        assert {key: matplotlib.rcParams[key] for key in own} == own
    figure = function(*arguments)
    assert png == base.to_png(figure)
    picture = Image.open(io.BytesIO(png))
    np.testing.assert_allclose(picture.size, base.DPI * figure.get_size_inches(), atol=1)  # whole pixels
    assert len(picture.convert("RGB").getcolors(picture.width * picture.height)) > 10
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert kind in ("course", "residual block") or any(axes.get_xlabel() for axes in panels)  # sketches have none
    for axes in panels:
        box = axes.get_tightbbox()
        assert box.x0 >= -2 and box.y0 >= -2  # pixels
        assert box.x1 <= figure.bbox.width + 2 and box.y1 <= figure.bbox.height + 2


def test_the_settings_of_matplotlib_are_those_that_it_starts_with():
    keys = ("font.size", "axes.titlesize", "lines.linewidth")
    assert [matplotlib.rcParams[key] for key in keys] == [matplotlib.rcParamsDefault[key] for key in keys]


def replaced(value, leaf):
    """Return an argument with each array of numbers in it replaced by what `leaf` makes of it."""
    if isinstance(value, dict):
        return {key: replaced(each, leaf) for key, each in value.items()}
    if isinstance(value, (str, int)) or isinstance(np.ravel(value)[0], str):
        return value
    return leaf(np.array(value, dtype=float))


def first_infinite(array):
    return np.where(np.arange(array.size).reshape(array.shape) == 0, np.inf, array)


MODELS = OF_MODELS | OTHERS


@pytest.mark.parametrize("lost", [first_infinite, lambda array: array * NAN], ids=["one", "all"])
@pytest.mark.parametrize("kind", MODELS)
def test_values_that_cannot_be_drawn_are_named_in_an_error_or_in_the_description(kind, lost):
    function, *arguments = MODELS[kind]
    with_numbers = []
    for place, argument in enumerate(arguments):
        replaced(argument, lambda array, place=place: with_numbers.append(place))
    assert with_numbers
    for place in set(with_numbers):
        changed = [*arguments[:place], replaced(arguments[place], lost), *arguments[place + 1 :]]
        try:
            text = drawn(function(*changed)).description
            assert "nan" not in text and "inf" not in text
        except ValueError as error:
            text = str(error)
        assert any(word in text for word in ("NaN or infinite", "finite", "diverged", "no value")), text


def test_an_array_without_values_or_with_too_many_dimensions_is_an_error_that_names_it():
    for values, message in (([], "ReLU is empty: there is nothing to draw"), ([[0.5]], r"ReLU has shape \(1, 1\)")):
        with pytest.raises(ValueError, match=message):
            plotting.plot_dots({"ReLU": values}, "accuracy")


@pytest.mark.parametrize("kind", MODELS)
def test_lists_are_drawn_as_arrays_are_and_nothing_is_an_error(kind):
    function, *arguments = MODELS[kind]
    as_lists = [replaced(argument, lambda array: array.tolist()) for argument in arguments]
    assert function(*as_lists).description == figure_of(kind).description
    dicts = [place for place, argument in enumerate(arguments) if isinstance(argument, dict)]
    if dicts:
        arguments[dicts[0]] = {}
        with pytest.raises(ValueError, match="nothing to draw"):
            function(*arguments)


@pytest.mark.parametrize(
    ("message", "beginning"), [(None, ""), ("ReLU leads", "ReLU leads. "), ("Does it lead?", "Does it lead? ")]
)
def test_show_displays_the_picture_and_then_a_caption_that_unfolds_to_its_description(monkeypatch, message, beginning):
    shown = []
    monkeypatch.setattr(base, "display", lambda shown_now, **kwargs: shown.append((shown_now, kwargs)))
    figure = plotting.plot_dots({"ReLU": [0.5, 0.6]}, "accuracy")
    plotting.show(figure, message, "Each dot is a seed, at < 1.")
    (picture, beside), (text, _) = shown
    assert figure.get_suptitle() == (message or "")
    assert beside["metadata"]["image/png"]["alt"] == text["text/plain"] == beginning + figure.description
    assert "<summary>Each dot is a seed, at &lt; 1.</summary>" in text["text/html"]
    assert beginning + figure.description in text["text/html"]
    full = np.asarray(Image.open(io.BytesIO(base.to_png(figure))).convert("RGB"), int)
    small = np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"), int)
    assert np.abs(small - full).mean() < 2  # of 255: fewer colours, the same picture
    assert len(picture.data) < len(base.to_png(figure))


def test_a_long_message_stays_inside_the_figure(monkeypatch):
    monkeypatch.setattr(base, "display", lambda *args, **kwargs: None)
    figure = plotting.plot_dots({"ReLU": [0.5, 0.6], "ELU": [0.7, 0.8]}, "accuracy")
    plotting.show(figure, "A sentence that says all that there is to be seen here, and then goes on. " * 2)
    box = drawn(figure)._suptitle.get_window_extent()
    assert box.x1 <= figure.bbox.width
    assert box.y0 >= figure.axes[0].get_tightbbox().y1


def test_a_mark_points_to_its_place_and_is_described():
    figure = plotting.plot_over_steps(CURVES, 10, "validation accuracy")
    assert plotting.mark(figure, "here it\nturns", (40, 0.7)) is figure
    found = figure.axes[0].texts[-1]
    assert tuple(found.xy) == (40, 0.7)
    assert found.get_text() == "here it\nturns"
    assert figure.description.endswith("Marked: here it turns.")
    with pytest.raises(ValueError, match="NaN or infinite"):
        plotting.mark(figure, "nowhere", (40, NAN))


def test_a_chain_has_its_numbers_above_and_below_and_its_weights_between():
    figure = lesson1.plot_chain([0.5, 3], [1, 0.5, 1.5], [1.5, 3, 1])
    texts = [(text.get_text(), *text.get_position()) for text in figure.axes[0].texts]
    above = [(word, x) for word, x, y in texts if 0.5 < y < 1 and word]
    below = [(word, x) for word, x, y in texts if -1 < y < -0.5 and word]
    assert [("1", 0), ("1/2", 1), ("3/2", 2)] == above
    assert [("3/2", 0), ("3", 1), ("1", 2)] == below
    assert {"× 0.5", "× 3"} <= {word for word, *_ in texts}
    assert "from 1 to 3/2; backward, the gradient goes from 1 to 3/2" in figure.description


def test_a_unit_that_is_active_for_no_image_drawn_or_not_is_dead():
    active = np.zeros((300, 3), bool)
    active[0, 0] = active[250, 2] = True
    figure = lesson2.plot_firing({0: np.ones((300, 3), bool), 5: active})
    state = figure.axes[1].images[0].get_array()
    assert state.shape == (3, 200)
    np.testing.assert_array_equal(state[:, :2], [[1, 0], [2, 2], [0, 0]])
    assert [axes.get_title() for axes in figure.axes] == ["0 steps\n0% dead", "5 steps\n33% dead"]
    assert "one of 300 images: after 0 steps 0 of 3 units are dead; after 5 steps 1 of 3" in figure.description


def test_an_unrolled_network_has_the_same_weight_in_each_row_and_the_gradient_above_each_state():
    figure = lesson5.plot_unrolled(2, [8, 4, 2, 1])
    texts = [(text.get_text(), *text.get_position()) for text in figure.axes[0].texts]
    assert [word for word, *_ in texts].count("× 2") == 3
    assert [(word, x) for word, x, y in texts if y == 0.72 and word] == [("8", 0), ("4", 1), ("2", 2), ("1", 3)]
    assert "from 1 at the last state to 8 at the first" in figure.description


@pytest.mark.parametrize(("log", "scale", "middle"), [(False, "linear", [1, 337]), (True, "log", [1, 10])])
def test_curves_over_steps_are_the_middle_of_the_seeds_with_their_range(log, scale, middle):
    values = np.array([[1.0, 1], [1, 10], [1, 1000]])
    figure = plotting.plot_over_steps({"my net": values}, 500, "gradient norm", log)
    (axes,), line = figure.axes, lines_of(figure)["my net"]
    np.testing.assert_array_equal(line.get_xdata(), [500, 1000])
    np.testing.assert_allclose(line.get_ydata(), middle)
    at, lowest, highest = band_of(axes, 0)
    np.testing.assert_allclose([at, lowest, highest], [[500, 1000], [1, 1], [1, 1000]])
    assert same_color(axes.collections[0].get_facecolor()[0, :3], line.get_color())
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("optimizer steps", "gradient norm", scale)
    word = "median" if log else "mean"
    text = f"Gradient norm after 1,000 steps, {word} and range over 3 seeds: my net {middle[1]} (1 to 1e+03)."
    assert figure.description == text


def test_a_curve_goes_on_without_the_run_that_diverged_and_ends_where_all_have():
    one, both = np.array([[0.2, 0.4, 0.6], [0.4, NAN, np.inf]]), np.array([[0.2, NAN, NAN], [0.4, NAN, NAN]])
    figure = plotting.plot_over_steps({"ReLU": one, "deep": both}, 10, "validation accuracy")
    np.testing.assert_allclose(lines_of(figure)["ReLU"].get_ydata(), [0.3, 0.4, 0.6])
    np.testing.assert_array_equal(lines_of(figure)["deep"].get_xdata(), [10])
    assert lines_of(figure)["deep"].get_marker() not in ("None", None, "")  # a single point can be seen
    assert "ReLU 0.6 (0.6 to 0.6), 1 diverged; deep all diverged" in figure.description


def test_where_batches_differ_in_size_the_axis_counts_images():
    figure = plotting.plot_over_steps({"twin": np.array([[2.0, 1.0]])}, 5, "loss", images_per_step=32)
    assert figure.axes[0].get_xlabel() == "images seen, in units of 32"
    assert figure.description == "Loss after 10 x 32 images, one seed: twin 1."


def test_a_guide_is_a_level_line_from_side_to_side_with_its_name_and_value():
    guides = {"threshold": 0.5, "ten times that": 5.0}
    figure = drawn(plotting.plot_over_steps({"ReLU": [[1.0, 2, 3]]}, 10, "gradient norm", True, guides))
    (axes,) = figure.axes
    levels = {line.get_ydata()[0]: line for line in axes.lines if line.get_label() != "ReLU"}
    assert sorted(levels) == sorted(guides.values())
    frame = axes.get_window_extent()
    for name, value in guides.items():
        box = levels[value].get_window_extent()
        assert box.x0 <= frame.x0 and box.x1 >= frame.x1
        assert frame.y0 < axes.transData.transform((10, value))[1] < frame.y1
        label = end_labels(figure)[f"{name}: {value:g}"].get_window_extent()
        assert 0 <= label.y0 - axes.transData.transform((10, value))[1] < 5  # it stands on its line
        assert f"The level line marks {value:g}, {name}." in figure.description


def test_statistics_by_layer_are_medians_with_their_range_in_a_panel_each():
    measured = np.array([[1.0, 10, 100], [2, 20, 200], [30, 300, 3000]])
    seeds = [signals_of(row) for row in measured]
    figure = plotting.plot_signals_by_layer({"SELU": seeds}, "output_gradient_norm", "std", "cosine")
    line = figure.axes[0].lines[0]
    np.testing.assert_allclose(line.get_xydata(), [[1, 2], [2, 20], [3, 200]])
    np.testing.assert_allclose(band_of(figure.axes[0], 0)[1:], [measured.min(axis=0), measured.max(axis=0)])
    assert "SELU: 2 at layer 1, 2e+02 at layer 3. Standard deviation" in figure.description
    names = ["gradient norm of the outputs", "standard deviation of the output", "mean cosine between different inputs"]
    assert [axes.get_ylabel().replace("\n", " ") for axes in figure.axes] == names
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log", "linear"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "", "layer (1 is next to the input)"]


def test_layers_without_a_value_are_left_out_and_seeds_without_one_counted():
    norms = {"batch norm": [[NAN, 1, NAN, 4], [NAN, 3, NAN, np.inf]], "ReLU": np.full((2, 4), NAN)}
    figure = plotting.plot_by_layer({"norm": norms}, linear={"norm"})
    np.testing.assert_array_equal(lines_of(figure)["batch norm"].get_xydata(), [[2, 2], [4, 4]])
    assert "batch norm: 2 at layer 2, 4 at layer 4, 1 of 2 seeds not finite everywhere" in figure.description
    assert "ReLU: no value" in figure.description


def test_a_prediction_is_dots_on_the_median_of_the_seeds():
    measured, predicted = np.array([[1.0, 10, 100], [2, 20, 200]]), np.array([2.0, 12, 120])
    figure = plotting.plot_by_layer({"output": {"ReLU": measured}}, {"output": {"ReLU": predicted}})
    (axes,) = figure.axes
    median, dots = axes.lines
    np.testing.assert_array_equal(median.get_ydata(), [1.5, 15, 150])
    np.testing.assert_array_equal(dots.get_ydata(), predicted)
    assert (dots.get_linestyle(), dots.get_marker()) == ("None", "o")
    assert "ReLU: 1.5 at layer 1, 1.5e+02 at layer 3 (predicted 2 and 1.2e+02)" in figure.description


def test_a_line_that_leaves_the_limits_is_described():
    figure = plotting.plot_by_layer({"norm": {"SELU": [[1.0, 10, 100]]}}, limits={"norm": (10, 1e6)})
    assert figure.axes[0].get_ylim() == (10, 1e6)
    hidden = "(The axis runs from 10 to 1e+06; a line that leaves it ends there.)"
    assert figure.description.endswith(f"SELU: 1 at layer 1, 1e+02 at layer 3. {hidden}")


def test_what_is_counted_may_be_something_else_than_layers():
    figure = plotting.plot_by_layer({"gradient": {"tanh": [[1.0, 10, 100]]}}, xlabel="time step (3 is the last)")
    assert figure.axes[0].get_xlabel() == "time step (3 is the last)"
    text = "Gradient by time step, median over the seeds. tanh: 1 at time step 1, 1e+02 at time step 3."
    assert figure.description == text


def test_densities_integrate_to_one_on_shared_axes():
    rng = np.random.default_rng(0)
    narrow, wide = rng.uniform(-1, 1, 5000), rng.uniform(-4, 4, (50, 100))
    networks = {"old": {"layer 1": narrow, "layer 5": wide}, "new": {"layer 1": wide, "layer 5": wide}}
    figure = lesson1.plot_layer_densities({"gradient": networks})
    for axes in figure.axes:
        for stairs in axes.patches:
            density, edges, _ = stairs.get_data()
            assert np.nansum(density * np.diff(edges)) == pytest.approx(1, abs=1e-6)
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
    widths = [stairs.get_linewidth() for stairs in figure.axes[0].patches]
    assert widths[0] > widths[1]  # the second cue
    assert f"standard deviation {narrow.std():.2g} in layer 1, {wide.std():.2g} in layer 5" in figure.description


def test_results_against_a_varied_quantity_are_dots_with_a_mean_and_crosses_where_runs_diverged():
    values = np.array([[0.2, 0.4, NAN], [0.4, np.inf, NAN]])
    curves = {"without": values, "ELU": values, "deep": np.full((2, 3), NAN), "batch norm": np.full((2, 3), 0.7)}
    figure = drawn(plotting.plot_against([1, 10, 100], curves, "rate", "accuracy"))
    (axes,), lines = figure.axes, lines_of(figure)
    np.testing.assert_allclose(lines["without"].get_ydata(), [0.3, NAN, NAN])
    assert end_labels(figure)["without"].xy[0] == 1
    assert "deep" not in end_labels(figure)
    dots = np.concatenate([line.get_ydata() for line in axes.lines if line.get_marker() == "."])
    assert 0.4 in dots  # the run that did not diverge is seen
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert sorted(float(line.get_xdata()[0]) for line in crosses) == [1, 10, 10, 10, 100, 100, 100]
    assert len({(*line.get_xdata(), *line.get_ydata()) for line in crosses}) == 7  # none hides another
    assert [text.get_text() for text in axes.texts].count("1 of 2\ndiverged") == 2
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "10", "100"]
    assert "without: 0.3 at 1, 1 of 2 diverged at 10, diverged at 100; ELU" in figure.description
    assert "deep: diverged at 1, diverged at 10, diverged at 100; batch norm: 0.7 at 1" in figure.description
    with pytest.raises(ValueError, match="x has the value 0, which has no place on a logarithmic axis"):
        plotting.plot_against([0, 1, 10], curves, "rate", "accuracy")


def test_results_in_groups_have_a_panel_each_on_shared_axes_and_the_same_looks():
    values = np.array([[0.2, 0.4], [0.4, 0.6]])
    groups = {"raw": {"ReLU": values}, "standardised": {"ReLU": values + 0.1, "my net": [[0.1, NAN], [0.9, 0.5]]}}
    figure = plotting.plot_against([1, 10], groups, "rate", "accuracy")
    assert [axes.get_title() for axes in figure.axes] == ["raw", "standardised"]
    for axes in figure.axes:  # with room for a cross in one of them
        lowest, highest = axes.get_ylim()
        assert lowest < 0.1 and highest > 0.9
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    colors = [{line.get_label(): line.get_color() for line in axes.lines}["ReLU"] for axes in figure.axes]
    assert colors[0] == colors[1]
    assert "raw: ReLU: 0.3 at 1, 0.5 at 10. standardised: ReLU: 0.4 at 1, 0.6 at 10; my net: 0.5" in figure.description


HIGH, FALLING = [0.64, 0.80, 0.83, np.nan], [0.38, 0.43, 0.20, np.nan]


@pytest.mark.parametrize("ends_early", [[FALLING, HIGH], [HIGH, HIGH]], ids=["apart", "one on the other"])
def test_the_name_of_a_line_that_ends_inside_lies_within_the_frame_and_on_nothing(ends_early):
    others = {"above": [0.55, 0.80, 0.84, 0.80], "below": [0.37, 0.52, 0.55, 0.41]}
    early = {f"standardized, {number}": mean for number, mean in enumerate(ends_early)}
    curves = {name: np.add.outer([-0.015, 0, 0.015], mean) for name, mean in (others | early).items()}
    figure = plotting.plot_against([0.001, 0.01, 0.1, 1], curves, "learning rate", "accuracy")
    figure.suptitle("A message that is so long that it takes two lines " * 2)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    dots = np.concatenate([line.get_transform().transform(line.get_xydata()) for line in axes.lines])
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    for name in early:
        assert axes.bbox.y0 < boxes[name].y0 and boxes[name].y1 < axes.bbox.y1
        assert axes.bbox.x0 < boxes[name].x0 and boxes[name].x1 < axes.bbox.x1
        assert boxes[name].count_contains(dots) == 0
        assert boxes[name].count_overlaps([box for other, box in boxes.items() if other != name]) == 0


def assert_arrow_is_seen(axes, arrow, tail, head):
    """Check where an arrow leads, and that it is drawn: Matplotlib leaves out one whose head lies outside."""
    np.testing.assert_allclose(arrow.xyann, tail, atol=1e-12)
    np.testing.assert_allclose(arrow.xy, head, atol=1e-12)
    corners = np.sort(axes.transData.transform([tail, head]), axis=0)
    np.testing.assert_allclose(arrow.get_window_extent().get_points(), corners, atol=6)  # the head has some width


def test_clipped_gradients_have_a_panel_for_each_kind_with_the_angle_of_all_their_numbers_together():
    gradients = {"kernel": (3.0, 4.0), "bias": (0.6, 0.8)}
    clipped = {"each alone": ((0.6, 0.8), (0.6, 0.8)), "together": ((1.5, 2), (0.3, 0.4))}
    figure = drawn(lesson5.plot_clipped_gradients(gradients, clipped))
    angles = "34", "0"  # the cosine of the first is (5 + 1) / sqrt(26 * 2)
    for panel, (kind, (kernel, bias)), angle in zip(figure.axes, clipped.items(), angles, strict=True):
        assert panel.get_title() == f"{kind}\nwhole turned by {angle}°"
        heads = (gradients["kernel"], kernel, gradients["bias"], bias)
        for arrow, head in zip(panel.texts, heads, strict=True):
            assert_arrow_is_seen(panel, arrow, (0, 0), head)
        colors = [arrow.arrow_patch.get_edgecolor() for arrow in panel.texts]
        assert same_color(colors[0], colors[1]) and not same_color(colors[0], colors[2])
        assert (panel.get_xlim(), panel.get_ylim()) == (figure.axes[0].get_xlim(), figure.axes[0].get_ylim())
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["kernel, raw", "kernel, clipped", "bias, raw", "bias, clipped"]
    assert "together: kernel (1.5, 2), bias (0.3, 0.4), turned by 0.0 degrees in all" in figure.description


def test_a_descent_has_a_dot_at_each_place_and_an_arrow_from_the_last_to_each_end():
    x = np.linspace(-2, 2, 9)
    walk, ends = np.array([(1.0, -1.5), (1.0, 2.25)]), {"free": (1.5, 2.25), "clipped": (-1.2, 1.44)}
    figure = drawn(lesson5.plot_descent(x, x**2, walk, ends, "$b$"))
    axes, enlarged = figure.axes
    (dots,) = [line for line in axes.lines if line.get_linestyle() == "None"]
    np.testing.assert_array_equal(dots.get_data(), walk)
    assert_arrow_is_seen(enlarged, enlarged.texts[0], *walk.T)  # the last step of the walk
    arrows = [(arrow.xyann, arrow.xy) for arrow in axes.texts]
    np.testing.assert_allclose(arrows, [((-1.5, 2.25), end) for end in ends.values()])
    text = "1 steps from 1.00 (loss 1) to -1.50 (loss 2.2). The next step, free: to 1.50 (loss 2.2); clipped: to -1.20"
    assert text in figure.description


def test_the_rows_of_outputs_are_scaled_one_by_one():
    values = np.array([[1.0, -1, 1], [10, 10, -10]])
    figure = lesson3.plot_outputs_by_depth({"ReLU": {"layer 1": values}}, ["boot", "bag"])
    picture = figure.axes[0].images[0]
    np.testing.assert_allclose(picture.get_array(), [[1, -1, 1], [1, 1, -1]])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["boot", "bag"]
    assert "mean cosine between the rows -0.33 in layer 1" in figure.description


def test_dots_are_the_results_with_a_tick_at_their_mean_and_those_that_diverged_are_counted():
    results = {"ReLU": [0.5, 0.6, 0.8], "ELU": [0.7, NAN, 0.9], "deep": [NAN] * 3}
    figure = plotting.plot_dots(results, "validation accuracy")
    (axes,) = figure.axes
    relu, relu_mean, elu, elu_mean, deep = axes.lines
    np.testing.assert_array_equal(relu.get_xydata(), [(0.5, 0), (0.6, 0), (0.8, 0)])
    np.testing.assert_array_equal(elu.get_xydata(), [(0.7, 1), (0.9, 1)])
    np.testing.assert_allclose([relu_mean.get_xydata()[0], elu_mean.get_xydata()[0]], [(1.9 / 3, 0), (0.8, 1)])
    assert relu.get_linestyle() == "None" and not len(deep.get_xdata())
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ReLU", "ELU (1 diverged)", "deep (3 diverged)"]
    assert "ELU 0.8 (0.7 to 0.9), 1 diverged; deep all diverged" in figure.description


@pytest.mark.parametrize("n_functions", [1, 5])
def test_each_activation_function_has_a_panel_on_shared_axes(n_functions):
    curves = {name: (i * Z, np.full_like(Z, i)) for i, name in enumerate(KNOWN[:n_functions])}
    figure = drawn(lesson2.plot_activations(Z, curves))
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [panel.get_title() for panel in panels] == list(curves)
    for panel, (values, derivative) in zip(panels, curves.values(), strict=True):
        drawn_lines = {line.get_label(): line for line in panel.lines}
        np.testing.assert_array_equal(drawn_lines["output $f(z)$"].get_xydata(), np.c_[Z, values])
        np.testing.assert_array_equal(drawn_lines["derivative $f'(z)$"].get_ydata(), derivative)
        assert drawn_lines["output $f(z)$"].get_linestyle() != drawn_lines["derivative $f'(z)$"].get_linestyle()
        assert (panel.get_xlim(), panel.get_ylim()) == (panels[0].get_xlim(), panels[0].get_ylim())
        is_lowest = panel in panels[-3:]
        assert (panel.get_xlabel() == "$z$") == is_lowest
        assert any(tick.label1.get_visible() for tick in panel.xaxis.get_major_ticks()) == is_lowest
    assert "ReLU: f runs from -0.00 at z = -2 to 0.00 at z = 2, f′ between 0.00 and 0.00" in figure.description


def test_histograms_count_every_sample_on_one_shared_axis():
    rng = np.random.default_rng(0)
    samples = {"layer 1": rng.normal(0, 1, (30, 20)), "layer 2": rng.normal(3, 0.1, 50)}
    figure = plotting.plot_histograms(samples, "learned slope", bins=25)
    edges = []
    for panel, (name, values) in zip(figure.axes, samples.items(), strict=True):
        edges.append([bar.get_x() for bar in panel.patches])
        heights = [bar.get_height() for bar in panel.patches]
        ends = edges[-1][0] + panel.patches[0].get_width() * np.arange(len(heights) + 1)
        counts, _ = np.histogram(values, ends)
        np.testing.assert_allclose(heights, counts, atol=1)  # one on an edge may round either way
        assert sum(heights) == values.size
        assert (panel.get_title(loc="left"), panel.get_ylabel()) == (name, "count")
        text = f"{name}: from {values.min():.3f} to {values.max():.3f}, median {np.median(values):.3f}"
        assert text in figure.description
    assert len(edges[0]) in (25, 26) and np.isclose(edges[0], 0, atol=1e-9).any()
    np.testing.assert_array_equal(*edges)
    assert figure.axes[1].get_xlabel() == "learned slope"


def test_a_histogram_is_that_of_the_finite_values_and_counts_the_others():
    sample = np.array([-1.0, 1.0, 3.0, 5.0, NAN, np.inf, -np.inf])
    figure = plotting.plot_histograms({"z": sample, "lost": [NAN]}, "output")
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 4
    assert figure.axes[0].get_title(loc="left") == "z, 3 not finite"
    assert "z: from -1.000 to 5.000, median 2.000, 3 not finite" in figure.description
    assert "lost: no value, 1 not finite" in figure.description


def test_a_known_model_has_the_same_colour_and_line_whatever_else_is_in_the_figure():
    styles, others = colors.styles_of(KNOWN), colors.styles_of(["my net", *KNOWN[::-1]])
    assert {name: others[name] for name in KNOWN} == styles
    figure = plotting.plot_by_layer({"norm": {name: [[1, 2]] for name in KNOWN}})
    dots = plotting.plot_dots({name: [0.5] for name in KNOWN}, "accuracy").axes[0].lines[::2]
    for name, dot in zip(KNOWN, dots, strict=True):
        line = lines_of(figure)[name]
        assert (line.get_color(), dot.get_color()) == (styles[name][0],) * 2
        assert line.get_linestyle() == (styles[name][1] if isinstance(styles[name][1], str) else "--")


def test_no_two_models_share_colour_and_line_and_the_first_initialization_has_that_of_its_function():
    names = ["SELU, LeCun", "ReLU, He", "SELU, He", *KNOWN[1:5], *(f"net {number}" for number in range(20))]
    styles = colors.styles_of(names)
    assert len(set(styles.values())) == len(names)
    assert [styles["SELU, LeCun"], styles["ReLU, He"]] == [colors.STYLES["SELU"], colors.STYLES["ReLU"]]
    with pytest.raises(ValueError, match="60 curves cannot be told apart in one figure"):
        colors.styles_of([str(number) for number in range(60)])


ALONG = {"apart": [0.1, 0.2, 0.5], "at the top": [0.1, 0.5, 0.9], "at the bottom": [0.9, 0.5, 0.1]}


@pytest.mark.parametrize("step", [0, 0.1])
@pytest.mark.parametrize("case", ALONG)
def test_the_names_at_the_ends_of_the_lines_neither_overlap_nor_leave_the_picture(case, step):
    ends = {f"{name}, He initialization, rate 0.01": step * i * np.arange(3) / 2 for i, name in enumerate(KNOWN)}
    curves = {name: [np.add(ALONG[case], end)] for name, end in ends.items()}
    figure = drawn(plotting.plot_over_steps(curves, 10, "share of dead units"))
    labels = end_labels(figure)
    assert set(labels) == set(curves)
    boxes = sorted((label.get_window_extent() for label in labels.values()), key=lambda box: box.y0)
    assert min(box.x0 for box in boxes) >= figure.axes[0].get_window_extent().x1
    assert max(box.x1 for box in boxes) <= figure.bbox.width
    assert 0 <= boxes[0].y0 and boxes[-1].y1 <= figure.bbox.height
    for lower, upper in pairwise(boxes):
        # The box of a text has room for ascenders and descenders; one pixel of it may be shared.
        assert upper.y0 >= lower.y1 - 1


def test_the_names_stand_in_the_order_of_the_lines_and_beside_them_where_there_is_room():
    ends = {"one": 0.2, "two": 0.9, "three": 0.5}
    figure = drawn(plotting.plot_over_steps({name: np.full((1, 2), end) for name, end in ends.items()}, 10, "loss"))
    (axes,) = figure.axes
    for name, label in end_labels(figure).items():
        box = label.get_window_extent()
        assert box.y0 < axes.transData.transform((20, ends[name]))[1] < box.y1


def test_the_names_can_be_read_on_white():
    for color in [*(color for color, _ in colors.CYCLE), *(color for color, _ in colors.STYLES.values())]:
        assert contrast_with_white(colors.readable(color)) >= 4.5, color
