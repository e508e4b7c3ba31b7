"""The set-up check, in words: libraries, data, machine."""

import platform
import re
from importlib import metadata

from helpers.data import FashionMNIST

DISTRIBUTION = "stable-gradients"
SHOWN = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy", "jupyterlab": "JupyterLab"}


def about_libraries(installed=metadata.version, asked=None):
    """Say which versions are installed, and whether they are those that the course is written for.

    Parameters
    ----------
    installed : callable
        Gives the version of a distribution.
    asked : sequence of str, optional
        What the course asks for, such as "keras~=3.15.0"; by default what its own package says.

    Returns
    -------
    str
    """
    asked = metadata.requires(DISTRIBUTION) if asked is None else asked
    ranges = dict(match.groups() for match in (re.match(r"([\w-]+)~=(\d+\.\d+)", each) for each in asked) if match)
    versions = {name: installed(name) for name in SHOWN}
    said = f"Python {platform.python_version()}, " + ", ".join(
        f"{SHOWN[name]} {version}" for name, version in versions.items()
    )
    others = [SHOWN[name] for name, version in versions.items() if not f"{version}.".startswith(f"{ranges[name]}.")]
    if not others:
        return f"Libraries: {said}. The course is written for these."
    wanted = ", ".join(f"{SHOWN[name]} {ranges[name]}" for name in SHOWN if SHOWN[name] in others)
    return f"Libraries: {said}. The course is written for {wanted}: figures may differ here. `make lab` brings them."


def about_data(data: FashionMNIST):
    """Say where the images come from."""
    if not data.is_real:
        return "Data: drawn garments, since Fashion-MNIST was neither here nor to be downloaded."
    where = "downloaded just now, and not kept" if data.folder is None else "from a folder of this machine"
    return f"Data: Fashion-MNIST, the real images, {where}, their checksums verified."


def about_machine(machine):
    """Say how many cores and how much memory there is."""
    cores = f"{machine.cores:g} core{'' if machine.cores == 1 else 's'}"
    memory = "unknown" if machine.memory is None else f"{machine.memory:.1f} GiB"
    return f"Machine: {cores}; memory that kernels can take: {memory}."
