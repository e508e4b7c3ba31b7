"""Patients that ail in weights, inputs and units, and one that does not."""

from course.clinic.patient import Patient

FADING = Patient(
    name="first weights too small (Glorot's for ReLU)",
    twin={"layers": 16, "units": 64},
    ill={"initializer": "glorot_uniform"},
    complaints=(
        "The loss was 2.30 when I went for lunch, and 2.30 when I came back. No error, no warning. The network of my "
        "colleague is just as deep, sees the same images, and learns.",
        "I let it run over the weekend and it still says 2.30. I have checked the labels twice: they are right. A "
        "network of the same size in the next room is past 1.5 before I have fetched a coffee.",
    ),
    probes=("outputs",),
    others={
        "gradients": "All its gradients are small. That speaks against weights that are too large; whether sizes "
        "fade or units have died, it leaves open.",
        "dead units": "Hardly any difference: so units that died are not what keeps it. What does, is open.",
        "directions": "The same in both: so directions do not explain why one of the two learns.",
        "norms": "Short gradients throughout. Of four diagnoses that rules out one.",
        "values": "The first layer looks as it should. What happens in the others, it does not show.",
    },
    cure={"initializer": "he_normal"},
    half_cures=(
        (
            {"rate": 0.1},
            "A larger rate does not help signals that are gone before they arrive (lesson 1, Does it hold?).",
        ),
        (
            {"activation": "leaky_relu"},
            "No unit was dead. A slope below zero keeps a little more, and the outputs still fade.",
        ),
        (
            {"initializer": "lecun_normal"},
            "Between equal layers that is the same variance as Glorot's. ReLU takes half of the mean square away: its "
            "weights need twice as much.",
        ),
        (
            {"normalization": "batch"},
            "It keeps the sizes, and makes other trouble in so many plain layers (lesson 4, How deep?).",
        ),
    ),
    disguises={"units": (60, 64, 68), "layers": (15, 16, 17)},
)
DYING = Patient(
    name="units killed by too large a rate, on pixels from 0 to 1",
    twin={"inputs": "0 to 1", "rate": 0.1},
    ill={"rate": 0.5},
    complaints=(
        "It learned something in the first moments. Then it seems to have lost interest: the loss stays far above "
        "my colleague's, and more training brings little.",
        "A quick start, and then it limps. Every time I start it anew it gets stuck somewhere else, always too high.",
    ),
    probes=("dead units",),
    others={
        "outputs": "Measured before the first step, and alike in both: it was born healthy. What happened then?",
        "gradients": "Measured before the first step, and alike in both. What happened then?",
        "directions": "Measured before the first step, and alike in both.",
        "norms": "Long gradients in the first steps and short ones later fit more than one diagnosis.",
        "values": "Measured before the first step, and alike in both.",
    },
    cure={"rate": 0.1},
    half_cures=(
        (
            {"activation": "leaky_relu"},
            "Now no unit can be dead, and it is no better: the dead units were a symptom (lesson 2, The case again). "
            "What killed them?",
        ),
        (
            {"inputs": "standardized"},
            "That protects the first layer only, and these inputs are longer: at this rate they make it worse.",
        ),
        ({"initializer": "glorot_uniform"}, "Smaller weights, the same steps: units die all the same."),
    ),
    disguises={"units": (95, 100, 110)},
)
DEEP = Patient(
    name="100 plain ReLU layers: directions lost",
    twin={"layers": 100, "units": 50, "activation": "tanh", "initializer": "orthogonal"},
    ill={"activation": "relu", "initializer": "he_normal"},
    complaints=(
        "2.30, and it stays there. I know about He's weights, and I have them. Others train a hundred layers.",
        "Everybody says deeper is better. I took He's weights and a hundred layers, and it answers 2.30 to everything "
        "I do. The one beside it is as deep.",
    ),
    probes=("directions",),
    others={
        "outputs": "They neither fade nor explode as they would with weights of the wrong size. That leaves two.",
        "gradients": "They neither vanish nor explode on their way down. That leaves two.",
        "dead units": "Many are silent on all images, deep down. Is that the reason, or do all images look alike?",
        "norms": "Its gradients have ordinary lengths. That leaves two.",
        "values": "The first layer looks as it should. There are 99 more.",
    },
    cure={"activation": "tanh", "initializer": "orthogonal"},
    half_cures=(
        (
            {"activation": "tanh"},
            "One of two. But for tanh He's weights have twice the variance that keeps a gradient, a hundred times "
            "over: look at the gradients.",
        ),
        (
            {"initializer": "orthogonal"},
            "One of two. But ReLU takes half of the mean square away, and these weights do not double it: look at the "
            "outputs.",
        ),
        ({"rate": 0.001}, "Smaller steps, and all images still look alike to the last layer."),
        (
            {"activation": "selu", "initializer": "lecun_normal", "rate": 0.001},
            "A start, as in lesson 3, and no more in this time.",
        ),
        (
            {"activation": "leaky_relu"},
            "A small slope changes little about where the images point after a hundred layers.",
        ),
        (
            {"normalization": "batch"},
            "Sizes are kept, directions are not; and at first the gradients explode (lesson 4, How deep?).",
        ),
        ({"normalization": "layer"}, "Sizes are kept, directions are not. It needs a way around."),
        ({"clipping": ("global_clipnorm", 1.0)}, "Its gradients are not too long. They point nowhere in particular."),
    ),
    n_points=40,
    margin=0.1,
    disguises={"units": (48, 50, 52)},
)
BRIGHT = Patient(
    name="SELU on pixels from 0 to 255",
    twin={"layers": 10, "units": 64, "activation": "selu", "initializer": "lecun_normal", "rate": 0.02},
    ill={"inputs": "0 to 255"},
    complaints=(
        "I did it by the book: SELU, LeCun's weights, plain dense layers. It is said to normalize itself. It says nan "
        "before I can read the first line.",
        "Self-normalizing, they told me. Mine explodes within ten steps, whatever seed I take, and the code is the "
        "one from the lesson, line by line.",
    ),
    probes=("outputs",),
    others={
        "gradients": "Large ones, in all layers. What makes them large, it does not say.",
        "dead units": "Its runs have diverged: nothing is left to be counted.",
        "directions": "That its images have more in common fits several diagnoses.",
        "norms": "Long gradients from the first step on. Too large a rate would begin with ordinary ones; weights "
        "that are too large would not.",
        "values": "Large values in the first layer: from its weights, or from what comes in? Look at the layers above.",
    },
    cure={"inputs": "standardized"},
    half_cures=(
        ({"rate": 0.0001}, "It survives, and gets less far: what comes in is still a hundred times too large."),
        (
            {"clipping": ("global_clipnorm", 1.0)},
            "It survives, step by shortened step. What made the gradients long is still there.",
        ),
        (
            {"inputs": "0 to 1"},
            "Much better. But SELU is made for mean 0 and variance 1; these are all positive, and smaller than that.",
        ),
        ({"initializer": "he_normal"}, "Larger weights, for signals that are too large already?"),
        ({"activation": "relu"}, "Another function, the same pixels."),
    ),
    disguises={"units": (60, 64, 68), "layers": (9, 10, 11)},
)
HEALTHY_ONE = Patient(
    name="nothing",
    twin={"layers": 4},
    ill={},
    complaints=(
        "I have counted: in each hidden layer about half of all outputs are exactly zero. Half of my network is "
        "dead. Please save the rest.",
        "I printed the outputs of a layer, and every second number is 0. I have read about dying units. How much time "
        "has it left?",
    ),
    probes=("dead units",),
    others={
        "outputs": "Alike in both. But the complaint was about units that answer to nothing: are there any?",
        "gradients": "Alike in both. But the complaint was about units that answer to nothing: are there any?",
        "directions": "Alike in both. But the complaint was about units that answer to nothing: are there any?",
        "norms": "Alike in both. But the complaint was about units that answer to nothing: are there any?",
        "values": "Half of the values lie below zero, in both: hence the zeros. Zero for one image, or for all?",
    },
    cure={},
    half_cures=(
        (
            {"activation": "leaky_relu"},
            "It does no worse and no better. What was it to cure? Count the units that are silent on *all* images.",
        ),
        ({"rate": 0.005}, "Slower, against an illness that it does not have."),
    ),
    disguises={"units": (90, 100, 110)},
)
