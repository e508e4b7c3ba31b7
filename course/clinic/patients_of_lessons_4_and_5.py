"""Patients that ail in batch norm and in clipping; the last of them in its weights as well."""

from course.clinic.patient import Patient

RATE_AND_LENGTH = "SGD's step is the rate times the clipped gradient"
PAIRS = Patient(
    name="batch norm with batches of two",
    twin={"normalization": "batch", "rate": 0.05},
    ill={"batch size": 2},
    complaints=(
        "Batch norm was to make training easier. Both networks have it, and both have seen the same images equally "
        "often. Mine creeps, and never gets good.",
        "The card in my machine is small, so I feed it with care. Same network, same images, and after the first "
        "minutes the loss hardly moves any more.",
    ),
    probes=("values",),
    others={
        "outputs": "Measured on many images at once, and then alike in both. How do they come in training?",
        "gradients": "Measured on many images at once, and then alike in both. How do they come in training?",
        "dead units": "None in either: that rules out one diagnosis of four, at most.",
        "directions": "Measured on many images at once, and then alike in both. How do they come in training?",
        "norms": "Longer and more uneven gradients. Why, it does not show.",
        "company": "Level in both: the flag is right in use. Lower: but we knew that.",
    },
    cure={"batch size": 32},
    half_cures=(
        ({"rate": 0.005}, "Smaller steps, and each unit still says only more or less than the other image."),
        ({"activation": "gelu"}, "The values are lost before they reach the function."),
        ({"clipping": ("global_clipnorm", 1.0)}, "Shorter steps in directions that say just as little."),
    ),
    n_points=70,
    margin=0.1,
    disguises={"units": (90, 100, 110), "activation": ("relu", "elu")},
)
FLAG = Patient(
    name="the flag of training left on in use",
    twin={"normalization": "batch", "rate": 0.05},
    ill={"training flag in use": True},
    complaints=(
        "I tested it, and it was fine. In the app it says the same to everybody. It is the same file.",
        "Accepted on Monday, with a good accuracy; on Tuesday the service went live, and every customer gets the same "
        "answer. Nobody has touched the weights.",
    ),
    probes=("company",),
    others={
        "outputs": "Alike: in training the two are the same network.",
        "gradients": "Alike: in training the two are the same network.",
        "dead units": "Alike: in training the two are the same network.",
        "directions": "Alike: in training the two are the same network.",
        "norms": "Alike: they train in the same way. So it is not the training.",
        "values": "Alike: in training the two are the same network. And in use?",
    },
    cure={"training flag in use": False},
    half_cures=(
        (
            {"rate": 0.01},
            "Trained otherwise, asked as before: one image alone has itself as its mean, and nothing is left of it.",
        ),
        ({"batch size": 64}, "The batches of training were not the trouble. In use an image still comes alone."),
        ({"activation": "gelu"}, "An image that comes alone is its own mean, whatever the function."),
    ),
    symptom="accuracy",
    disguises={"units": (90, 100, 110), "activation": ("relu", "elu")},
)
EXPLODING = Patient(
    name="a recurrent network whose rare long gradients explode",
    twin={
        "block": "recurrent",
        "layers": 1,
        "units": 64,
        "inputs": "0 to 1",
        "initializer": "glorot_uniform",
        "rate": 0.5,
        "clipping": ("global_clipnorm", 1.0),
    },
    ill={"clipping": "none"},
    complaints=(
        "It reads an image row by row, and it does learn. Then, in the middle of the best progress, nan. Every "
        "time in another place.",
        "All looks well for a while: the loss falls, I lean back, and then it is nan. I have looked at the batch where "
        "it happens. There is nothing wrong with it.",
    ),
    probes=("norms",),
    others={
        "outputs": "Measured before the first step, and alike in both: it was born healthy.",
        "gradients": "Measured before the first step, and alike in both: it was born healthy.",
        "dead units": "Of runs that diverged nothing is left to be counted.",
        "directions": "Measured before the first step, and alike in both: it was born healthy.",
    },
    cure={"clipping": ("global_clipnorm", 1.0)},
    half_cures=(
        (
            {"rate": 0.01},
            "It survives, and gets less far in the same time: nearly all its steps were fine as they were.",
        ),
        (
            {"clipping": ("clipvalue", 10.0)},
            "That bounds single numbers. A gradient has thousands of them, and can still be very long.",
        ),
        ({"inputs": "standardized"}, "Longer rows come in, and the gradient still runs back through 28 steps."),
    ),
    disguises={"units": (60, 64, 70)},
)
SHORTENED = Patient(
    name="a threshold of clipping far too small",
    twin={"layers": 3, "rate": 0.1},
    ill={"clipping": ("global_clipnorm", 0.001)},
    complaints=(
        "Somebody told me to be careful, so I was careful. Nothing has exploded since. Nothing has been learned, "
        "either.",
        "After last week's accident I took precautions. It runs like clockwork now, and stands where it stood.",
    ),
    probes=("norms",),
    others={
        "outputs": "Alike in both: it was born healthy.",
        "gradients": "Alike in both, layer by layer: so nothing vanishes. Do the steps follow them?",
        "dead units": "None in either.",
        "directions": "Alike in both.",
        "values": "Alike in both.",
    },
    cure={"clipping": ("global_clipnorm", 5.0)},
    half_cures=(
        ({"rate": 1.0}, f"{RATE_AND_LENGTH}: ten times next to nothing. Which of the two numbers is the odd one?"),
        ({"initializer": "glorot_uniform"}, "The gradients were of ordinary length already. What becomes of them?"),
        ({"activation": "leaky_relu"}, "No unit was dead. What becomes of the gradients?"),
    ),
    disguises={"units": (90, 100, 110), "activation": ("relu", "elu")},
)
TWO_AT_ONCE = Patient(
    name="first weights too small, and a threshold far too small",
    twin={"layers": 16, "units": 64},
    ill={"initializer": "glorot_uniform", "clipping": ("global_clipnorm", 0.001)},
    complaints=(
        "You know this one: 2.30, and it stays. I have been here before. I did what you said, and it was no use, so I "
        "put everything back.",
        "2.30 again. I tried the one thing that helped my neighbour, and took it back when it did nothing. Then I "
        "tried the other one.",
    ),
    probes=("outputs", "norms"),
    others={
        "gradients": "Small in all layers. So one thing is wrong; is it the only one?",
        "dead units": "Hardly any difference.",
        "directions": "The same in both.",
        "values": "The first layer looks as it should.",
    },
    cure={"initializer": "he_normal", "clipping": "none"},
    half_cures=(
        ({"initializer": "he_normal"}, "One of two: now the signal arrives. Look at the norms beside the threshold."),
        (
            {"clipping": "none"},
            "One of two: now the steps are as long as the gradients. And these? Look at the outputs.",
        ),
        (
            {"initializer": "he_normal", "clipping": ("global_clipnorm", 1.0)},
            "Both touched. But what are this network's usual norms, with weights that keep the signal? A threshold "
            "far below them is a smaller rate.",
        ),
        ({"rate": 0.1}, f"{RATE_AND_LENGTH}: ten times next to nothing, for signals that fade."),
    ),
    disguises={"units": (60, 64, 68), "layers": (15, 16, 17)},
)
