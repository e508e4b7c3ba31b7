"""What the clinic knows of a patient."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Patient:
    """A network with a complaint, and its twin, which differs from it only in what ails it.

    Attributes
    ----------
    name : str
        What ails it, in a few words: for the key, and never shown in the clinic.
    twin : dict
        The twin's chart: what of it is not as in `chart.HEALTHY`.
    ill : dict
        What the patient's chart has otherwise; empty for one that is not ill.
    complaints : pair of str
        What its user says: in the notebook, and for another class.
    probes : tuple of str
        What it takes to tell the diagnoses apart.
    others : dict of str to str
        What other probes leave open.
    cure : dict
        Changes to the chart that cure it, one of several ways.
    half_cures : tuple of (dict, str)
        Changes that do not, and what to say of them; of others to the same keys, too.
    n_points : int
        Its training: so many times 32 images.
    symptom : {"loss", "accuracy"}
        What the complaint is about.
    margin : float
        Recovered is what comes, from each seed, so close to its twin's accuracy.
    disguises : dict of str to tuple
        For another class: values for keys of both charts that change nothing about the illness.
    """

    name: str
    twin: dict
    ill: dict
    complaints: tuple
    probes: tuple
    others: dict
    cure: dict
    half_cures: tuple
    n_points: int = 200
    symptom: str = "loss"
    margin: float = 0.05
    disguises: dict = field(default_factory=dict)
