"""Lab of lesson 4: two networks trained side by side, with and without batch norm."""

from keras import layers

from course.labs import points
from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import TrainingLab
from course.labs.words import format_number
from helpers.data import standardize
from helpers.training import Settings, Trainer

SIZES = ("2", "8", "32", "128", "512")
MOST_STEPS = 1_000
LOSS, ACCURACY = "training loss", "training accuracy"
NETWORKS = {
    "batch norm": lambda: [layers.ELU(), layers.BatchNormalization(momentum=0.9)],
    "without": lambda: [layers.ELU()],
}


def batch_norm_lab(data):
    """Train two networks side by side, with and without batch norm, at a learning rate and a batch size.

    Each run starts from the same weights and sees the same 10,000 images of `data` in the same order: for three epochs,
    or for 1,000 steps if that is less. The lab standardizes the pixels for both networks, so that only the hidden
    layers differ. For example::

        batch_norm_lab(load_fashion_mnist())
    """
    some = standardize(points.first_images(data))
    prepared = {
        name: (
            Trainer(points.dense_classifier(make), some.x_train, some.y_train, Settings(batch_size=None)),
            points.dense_classifier(make),
        )
        for name, make in NETWORKS.items()
    }

    def train(rate, size):
        order = points.three_epochs(int(size), MOST_STEPS)
        runs = [
            points.training_points(name, points.restart(trainer, untrained, rate), order, int(size))
            for name, (trainer, untrained) in prepared.items()
        ]
        while runs:  # they take turns
            for run in list(runs):
                point = next(run, None)
                if point is None:
                    runs.remove(run)
                else:
                    yield point

    return TrainingLab(
        "With and without batch norm",
        {
            "rate": Slider("learning rate", 1.0, 1e-4, 1e3, 0.1, log=True),
            "size": Menu("images in a batch", SIZES, "128"),
        },
        {
            "learning rate 1": {},
            "learning rate 0.1": {"rate": 0.1},
            "learning rate 0.001": {"rate": 0.001},
            "learning rate 30": {"rate": 30.0},
            "batches of 2": {"size": "2", "rate": 0.01},
        },
        _plot(),
        train,
        _draw,
    )


def _plot():
    return LivePanels(
        {LOSS: {"limits": (0.2, 20), "log": True}, ACCURACY: {"limits": (0, 1)}},
        x=(0, 3 * points.N_IMAGES),
        xlabel="images seen",
        caption="Two panels over the images seen in a run of three epochs: training loss on a logarithmic axis "
        "from 0.2 to 20, and training accuracy, each for a network with batch norm and one without. Thin lines "
        "are earlier runs.",
        names=list(NETWORKS),
        n_ghosts=3,
        n_columns=2,
        size=(9, 3.6),
    )


def _draw(plot, runs, values, state):
    sentences = []
    for name in NETWORKS:
        own = [[point for point in run if point.name == name] for run in runs]
        points.draw_curves(plot, own, "images", [(LOSS, "loss", name), (ACCURACY, "accuracy", name)])
        sentences.append(points.describe_run(own[0], state))
    setting = f"Learning rate {format_number(values['rate'])}, batches of {values['size']}"
    return f"{setting}. With batch norm: {sentences[0]}. Without: {sentences[1]}."
