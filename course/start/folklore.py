"""What is often said of deep networks, and what is so: each row with the figures of claims that a lesson stores."""

from dataclasses import dataclass

from course.start.stored import NOTEBOOKS, link_to, stored_claim

ONE, TWO, THREE = "01_initialization", "02_nonsaturating_activations", "03_selu_deep_nets"
FOUR, FIVE = "04_batch_normalization", "05_gradient_clipping"


@dataclass(frozen=True)
class Saying:
    """A row of the table.

    Attributes
    ----------
    said : str
        What is often said.
    so : str
        What is so, with ``{0}``, ``{1}`` ... where the figures of the claims belong.
    lesson : str
        The name of the file, without its ending, that measures it.
    claims : tuple of str
        Their sentences, word for word; the link leads to the section of the first.
    """

    said: str
    so: str
    lesson: str
    claims: tuple[str, ...]


SAYINGS = (
    Saying(
        "The loss does not move: raise the learning rate.",
        "30 ReLU layers whose weights are too small: at the best of four rates the accuracy stays {0} behind the best "
        "with weights of the right size.",
        ONE,
        ("at its best rate of the four, 0.10 stays more than .15 behind 0.14 at its best, for each seed",),
    ),
    Saying(
        "Saturated units make the gradient vanish.",
        "With large weights a share of {0} of a sigmoid layer is saturated, and on its way down the gradient "
        "*grows*, by {1} powers of ten.",
        ONE,
        (
            "large weights: more than 3/4 of layer 11 is saturated",
            "and the gradient grows more than a million-fold on its way down",
        ),
    ),
    Saying(
        "Once the signal keeps its size, depth does no harm.",
        "Its size is kept, and its direction is not: through 30 ReLU layers the mean cosine between different garments "
        "rises by {0}. At 1 all point the same way.",
        ONE,
        ("0.14: from layer 1 to layer 30 the mean cosine rises by more than .4",),
    ),
    Saying(
        "Dead units are ReLU's disease, a slope below zero is the cure.",
        "In lesson 2's case they are a symptom, of steps too large. Smaller steps or centred inputs end {0} ahead, in "
        "accuracy, of that network, with and without a slope below zero.",
        TWO,
        (
            "the cures beat the case, both slopes and half the weights (a diverged run counts as .1); "
            "0.1 after 20 steps beats the case on average",
            "with each cure fewer than 6 % of layer 1 are dead",
        ),
    ),
    Saying(
        "A leaky unit always has a gradient, so it learns.",
        "Biases of -2 to begin with: leaky ReLU of slope 0.01 stays at an accuracy of {0}, like ReLU. A guess has 0.1.",
        TWO,
        ("ReLU and leaky ReLU of slope 0.01 stay near chance",),
    ),
    Saying(
        "Standardize the inputs, and no unit dies.",
        "That protects the first layer. Of the second a share of {0} is dead after 300 steps at rate 0.4.",
        TWO,
        ("standardized, rate 0.4: layer 2 loses a quarter at least",),
    ),
    Saying(
        "Units die in training.",
        "Many are born dead. In the last ten of 50 fresh layers the share of dead units is {0} above that of the "
        "first.",
        TWO,
        ("in the last ten layers over a quarter more is dead than in the first",),
    ),
    Saying(
        "SELU is better than ReLU.",
        "In two hidden layers it leads at a small rate. With the best of three rates for each, a share of {0} of that "
        "lead is left.",
        TWO,
        ("best against best, SELU's mean lead is less than half of what it was",),
    ),
    Saying(
        "100 ReLU layers fail because their gradients vanish.",
        "With He's weights they do not: from layer 100 down to layer 2 they change by a factor of {0}.",
        THREE,
        ("ReLU: from layer 100 to layer 2 both gradients change less than 30-fold",),
    ),
    Saying(
        "What counts in the first weights is their variance.",
        "With orthogonal weights 100 tanh layers leave the garments {0} times as many directions as with normal ones "
        "of the same variance.",
        THREE,
        ("orthogonal weights leave the garments more than twice as many directions",),
    ),
    Saying(
        "SELU guarantees activations with mean 0 and variance 1.",
        "The theorem asks something of each unit's weights. LeCun's initialization gives it to a share of {0} of "
        "the units.",
        THREE,
        ("LeCun's draws meet the theorem's conditions on a unit's weights for fewer than one unit in ten",),
    ),
    Saying(
        "Batch norm is ahead because hidden layers need it.",
        "At rate 0.001 the same network on standardized pixels, without any batch norm, ends {0} above it in accuracy.",
        FOUR,
        ("standardized pixels alone end above batch norm, on average over the seeds",),
    ),
    Saying(
        "Batch norm works because it reduces internal covariate shift.",
        "With noise that makes a unit drift {0} times as far as without batch norm, at rate 0.1, the network still "
        "learns at rate 1: accuracy {1}.",
        FOUR,
        (
            "at rate 0.1 a unit with the noise drifts more than three times as far as without any batch norm",
            "and yet at rate 1 it learns",
        ),
    ),
    Saying(
        "Batch norm makes deep plain networks trainable.",
        "30 layers, each at its better rate: batch norm *with residual connections* is {0} ahead of the best of "
        "batch norm alone, residual connections alone and neither, after 40 steps.",
        FOUR,
        ("each at its better rate: batch norm with residual connections is a tenth ahead of all others",),
    ),
    Saying(
        "`clipnorm` keeps the direction of the gradient.",
        "Of each variable, yes; of the whole, no. Clipped to a tenth, `clipvalue` and `clipnorm` turn it by {0} "
        "degrees, `global_clipnorm` does not.",
        FIVE,
        (
            "clipped to a tenth, clipvalue and clipnorm turn them by more than 5 degrees",
            "global_clipnorm does not turn them (degrees)",
        ),
    ),
    Saying(
        "Clipping only touches a rare, far too long step.",
        "At threshold 1 a share of {0} of all steps is clipped.",
        FIVE,
        ("and more than 9 of 10 of their steps are clipped (share)",),
    ),
    Saying(
        "A smaller learning rate does what clipping does.",
        "Within 300 steps, best rate against best rate, clipping leads by {0} in accuracy.",
        FIVE,
        ("best rate against best rate, clipping leads by more than .02 on average",),
    ),
)


def folklore_table(sayings=SAYINGS, folder=NOTEBOOKS):
    """Return the table of what is often said and what is so, in Markdown.

    A row whose claim the lesson does not store, because somebody has changed the lesson, say, tells so.

    Parameters
    ----------
    sayings : sequence of Saying
    folder : Path
        Where the lessons lie, which store what they have measured.

    Returns
    -------
    str
    """
    rows = ["| often said | what is so, as measured | see it run |", "|---|---|---|"]
    for saying in sayings:
        try:
            so, place = what_is_so(saying, folder)
        except LookupError as error:
            so, place = f"Not known here: {error}.", f"[lesson {int(saying.lesson[:2])}]({saying.lesson}.ipynb)"
        rows.append(f"| {saying.said} | {so} | {place} |")
    return "\n".join(rows)


def what_is_so(saying, folder=NOTEBOOKS):
    """Return what is so, with its figures, and the link to the section of the lesson that measures it.

    Raises
    ------
    LookupError
        If the lesson does not store one of the claims, or it does not hold there.
    """
    claims = [stored_claim(saying.lesson, sentence, folder) for sentence in saying.claims]
    for claim in claims:
        if claim.verdict == "does not hold here":
            raise LookupError(f"in {saying.lesson}.ipynb, as it is saved now, this does not hold: {claim.sentence}")
    so = saying.so.format(*(f"**{claim.measured}**" for claim in claims))
    section = claims[0].section
    return so, f"[{int(saying.lesson[:2])}: {section}]({link_to(saying.lesson, section)})"
