"""The set-up check, in words: libraries, data, machine."""

import platform
import re
from importlib import metadata

DISTRIBUTION = "stable-gradients"
LIBRARIES = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy", "jupyterlab": "JupyterLab"}


def about_libraries():
    """Say which versions are installed, and whether they are those that the course is written for.

    Examples
    --------
    >>> print(about_libraries())
    Libraries: Python 3..., TensorFlow ..., Keras ..., NumPy ..., JupyterLab ...
    """
    course_is_for = dict(re.findall(r"([\w-]+)~=(\d+\.\d+)", " ".join(metadata.requires(DISTRIBUTION))))
    installed = {name: _version(name) for name in LIBRARIES}
    versions = ", ".join(f"{title} {installed[name]}" for name, title in LIBRARIES.items())
    found = f"Libraries: Python {platform.python_version()}, {versions}."
    others = [name for name in LIBRARIES if not f"{installed[name]}.".startswith(f"{course_is_for[name]}.")]
    if not others:
        return f"{found} The course is written for these."
    needed = ", ".join(f"{LIBRARIES[name]} {course_is_for[name]}" for name in others)
    return f"{found} The course is written for {needed}: figures may differ here. `make lab` brings them."


def _version(name):
    """Return the version of an installed library; of tensorflow-cpu where TensorFlow comes as that."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return metadata.version(f"{name}-cpu")


def about_data(data):
    """Say where the images of a FashionMNIST come from.

    For example::

        print(about_data(load_fashion_mnist()))
    """
    if not data.is_real:
        return "Data: drawn garments, since Fashion-MNIST was neither here nor to be downloaded."
    where = "downloaded just now, and not kept" if data.folder is None else "from a folder of this machine"
    return f"Data: Fashion-MNIST, the real images, {where}, their checksums verified."


def about_machine(machine):
    """Say how many cores and how much memory there is.

    Examples
    --------
    >>> from course.start.machine import Machine
    >>> about_machine(Machine(cores=2, memory=23.2, probe_seconds=2))
    'Machine: 2 cores; memory that kernels can take: 23.2 GiB.'
    """
    cores = f"{machine.cores:g} core{'' if machine.cores == 1 else 's'}"
    return f"Machine: {cores}; memory that kernels can take: {machine.memory:.1f} GiB."
