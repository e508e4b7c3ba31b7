"""The lessons of the course: the question that each answers, and one figure that it measures."""

from dataclasses import dataclass

from course.start.stored import NOTEBOOKS, stored_claim


@dataclass(frozen=True)
class Station:
    """A lesson on the map of the course.

    Attributes
    ----------
    lesson : str
        The name of its file without the ending.
    title, question : str
    claim : str
        The sentence of a claim whose measured figures stand on the map.
    words : str
        What they are, with ``{}`` in their place.
    """

    lesson: str
    title: str
    question: str
    claim: str
    words: str


STATIONS = (
    Station(
        "01_initialization",
        "Initialization",
        "How large should the first random weights be?",
        "0.10: the last layer's output is more than 10,000 times weaker (1.4 to the power of 29 is 17,287)",
        "{} times weaker: the signal after 30 layers, with first weights of 0.10, not 0.14",
    ),
    Station(
        "02_nonsaturating_activations",
        "Nonsaturating activations",
        "Does it matter which activation function you take, and why do units die?",
        "20 steps kill more than a tenth of the first layer, from each of six seeds",
        "{} of the first layer is dead after 20 steps",
    ),
    Station(
        "03_selu_deep_nets",
        "SELU and deep nets",
        "100 layers: if its gradients do not vanish, what keeps ReLU back?",
        "ReLU: from layer 100 to layer 2 both gradients change less than 30-fold",
        "{} is the factor by which ReLU's gradients change from layer 100 to layer 2",
    ),
    Station(
        "04_batch_normalization",
        "Batch normalization",
        "What does it change, and when does it not help?",
        "standardized pixels alone end above batch norm, on average over the seeds",
        "{} ahead of batch norm in accuracy, at a small rate: standardized pixels alone",
    ),
    Station(
        "05_gradient_clipping",
        "Gradient clipping",
        "Which clipping saves a run that diverges, and which bends its direction?",
        "clipped to a tenth, clipvalue and clipnorm turn them by more than 5 degrees",
        "{} degrees: so far clipvalue and clipnorm turn the gradient",
    ),
)


def stations_with_figures(folder=NOTEBOOKS):
    """Return for each lesson its title, its question and its measured figure in words, a list of three strings.

    Parameters
    ----------
    folder : Path
        Where the lessons lie, which store what they have measured.

    Raises
    ------
    LookupError
        If a lesson no longer stores the claim.
    """
    return [
        (each.title, each.question, each.words.format(stored_claim(each.lesson, each.claim, folder).measured))
        for each in STATIONS
    ]
