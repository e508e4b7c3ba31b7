"""Make .venv: the packages that requirements.lock names, and this project, editable. `make` calls it first.

Only the standard library, in a syntax that Python 3.6 reads: an old Python gets a sentence, no stack trace.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
STAMP = os.path.join(VENV, "made_from.json")
LOG = os.path.join(ROOT, ".venv-install.log")
LOCK_FILE = os.path.join(ROOT, ".venv.lock")
REQUIREMENTS = os.path.join(ROOT, "requirements.lock")
PYPROJECT = os.path.join(ROOT, "pyproject.toml")

SUPPORTED = ((3, 13), (3, 12), (3, 11))  # the first one found is taken
WITH_WHEELS = (("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64"))
PROBED_MODULES = ("helpers", "jupyterlab", "keras", "nbval", "ruff", "tensorflow")

# What pip prints, and what it means. The first match counts: before a disk runs full, the network may hiccup.
PIP_FAILURES = (
    (
        r"No space left on device|Disk quota exceeded",
        "the disk is full. .venv needs about 2.5 GB, and unpacking needs room for temporary files, too.\n"
        "Free some space, or set TMPDIR to a folder on a larger disk, and run the same command again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a downloaded package is not the one that requirements.lock names: its SHA-256 differs.\n"
        "A broken download can do that: run the same command again. If it stays so, do not trust the source.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the package index could not be reached safely: its certificate was not accepted.\n"
        "On a network that inspects its traffic, set PIP_CERT to that network's certificate; then run again.",
    ),
    (
        r"(NewConnection|NameResolution|ConnectTimeout|ReadTimeout|Proxy)Error|Max retries exceeded"
        r"|Connection (aborted|broken|refused|reset|timed out)|IncompleteRead|HTTP error \d+",
        "the package index cannot be reached, and the libraries come from there (once, about 770 MB).\n"
        "Check the network (behind a proxy: set HTTPS_PROXY), then run the same command again.",
    ),
    (
        r"No matching distribution found for (?P<package>\S+)",
        "pip finds no {package} for this machine ({machine}).\n"
        "Either the system is too old for it (TensorFlow asks for macOS 12 or glibc 2.27), or pip looks in\n"
        "a place that lacks it: see `pip config list` and the variables that begin with PIP_.",
    ),
)


class SetupError(Exception):
    """A reason, in words for the person at the keyboard, why there is no .venv."""


def main():
    """Make .venv where it is missing, broken or out of date; return the exit status."""
    try:
        if sys.version_info[:2] not in SUPPORTED:
            return subprocess.call([find_supported_python(), os.path.abspath(__file__)])
        require_platform(platform.system(), platform.machine(), has_glibc())
        require_venv_modules()
        set_up()
        return 0
    except SetupError as error:
        reason = str(error)
    except OSError as error:
        reason = f"cannot make .venv: {error}"
    except KeyboardInterrupt:
        print("\nInterrupted; run the same command again to go on.", file=sys.stderr)
        return 130
    print(f"error: {reason}", file=sys.stderr)
    return 1


def find_supported_python():
    """Return the name of a supported Python on PATH, for a script that runs on an unsupported one."""
    this = f"{platform.python_version()} ({sys.executable})"
    for major, minor in SUPPORTED:
        command = f"python{major}.{minor}"
        # Asked, not only looked up: a version manager's stand-in may be on PATH with no Python behind it.
        if succeeds([command, "-c", f"import sys; sys.exit(sys.version_info[:2] != ({major}, {minor}))"]):
            print(f"This is Python {this}; using {command} instead.", flush=True)
            return command
    raise SetupError(
        f"this is Python {this}, and Stable Gradients needs 3.11, 3.12 or 3.13; none is on PATH.\n"
        "Get one: `brew install python@3.13` (macOS), `sudo apt install python3 python3-venv` (Debian 12\n"
        "or 13, Ubuntu 24.04), `sudo dnf install python3.13` (Fedora), or python.org; or use conda.\n"
        "If you have one elsewhere, name it: `make lab PYTHON=/path/to/python3.13`."
    )


def succeeds(command):
    """Say whether a command can be started and exits with 0; what it prints is dropped."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def require_platform(system, machine, glibc):
    """Raise SetupError where TensorFlow offers no wheel: Intel Macs, musl, 32-bit and rarer processors."""
    if (system, machine) not in WITH_WHEELS:
        found = f"{system} on {machine}"
    elif system == "Linux" and not glibc:
        found = "Linux with another C library than glibc (Alpine's musl?)"
    else:
        return
    raise SetupError(
        f"this machine is {found}, and TensorFlow, which the lessons run on, is not offered for it.\n"
        "It is offered for Linux with glibc (x86_64, aarch64), macOS on Apple silicon, and 64-bit Windows.\n"
        "On Apple silicon, use an arm64 build of Python; elsewhere, see Binder and Colab in README.md."
    )


def has_glibc():
    """Say whether the C library is glibc; never so outside Linux."""
    try:
        return "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")
    except (AttributeError, OSError, ValueError):
        return False


def require_venv_modules():
    """Raise SetupError where Python came without what makes an environment, as on plain Debian."""
    for name in ("venv", "ensurepip"):
        if importlib.util.find_spec(name) is None:
            major, minor = sys.version_info[:2]
            raise SetupError(
                f"{sys.executable} has no module `{name}`, which is needed to make an environment.\n"
                f"On Debian and Ubuntu: `sudo apt install python3-venv` (or python{major}.{minor}-venv). "
                "Elsewhere: reinstall Python."
            )


def set_up():
    """Bring .venv up to date; nothing to do when it is."""
    wanted = {
        "root": ROOT,  # the environment holds absolute paths: a moved checkout needs a new one
        "python": "{}.{}".format(*sys.version_info[:2]),
        "requirements": sha256(REQUIREMENTS),
        "project": sha256(PYPROJECT),
    }
    if read_stamp() == wanted:
        return
    with one_at_a_time():
        made = read_stamp()  # again: another `make` may have done the work while this one waited
        if made == wanted:
            return
        open(LOG, "w", encoding="utf-8").close()
        if dict(made, project=wanted["project"]) != wanted:
            install_libraries()
        run("install the project", pip_install("--no-deps", "--no-build-isolation", "--editable", ROOT))
        write_stamp(wanted)


def sha256(path):
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_stamp():
    """Return what .venv was made from; nothing, if it is missing, half made or does not work."""
    probe = "import sys, importlib.util as u; sys.exit(not all(u.find_spec(name) for name in sys.argv[1:]))"
    try:
        with open(STAMP, encoding="utf-8") as file:
            made = json.load(file)
    except (OSError, ValueError):
        return {}
    return made if succeeds([VENV_PYTHON, "-I", "-c", probe, *PROBED_MODULES]) else {}


def write_stamp(made):
    """Note what .venv was made from: last, and in one move, so that a stamp means a whole environment."""
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(made, file)
    os.replace(STAMP + ".new", STAMP)


@contextlib.contextmanager
def one_at_a_time():
    """Let a second `make` wait until the first has made the environment (not on Windows)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(LOCK_FILE, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another `make` is making .venv; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_libraries():
    """Make an empty .venv and install requirements.lock, every package checked against its hashes."""
    print("Making .venv: about 125 packages, 770 MB to download; a few minutes, once.", flush=True)
    run("make an environment", [sys.executable, "-m", "venv", "--clear", VENV])
    run(
        "install requirements.lock",
        pip_install("--require-hashes", "--only-binary=:all:", "-r", REQUIREMENTS),
    )
    print(".venv is made.", flush=True)


def pip_install(*arguments):
    """Return the command that installs into .venv."""
    return [VENV_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]


def run(task, command):
    """Run a command, its output into the log; raise SetupError with the cause when it fails."""
    output = []
    settings = {
        "cwd": ROOT,
        "env": dict(os.environ, PIP_USER="0", PYTHONIOENCODING="utf-8", PYTHONUNBUFFERED="1"),
        "encoding": "utf-8",
        "errors": "replace",
    }
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with open(LOG, "a", encoding="utf-8") as log:
        with subprocess.Popen(command, **streams, **settings) as process:
            for line in process.stdout:
                log.write(line)
                output.append(line)
                show_progress(line)
    show_progress("")
    if process.returncode != 0:
        cause = explain("".join(output))
        raise SetupError(f"could not {task}: {cause}\n(All of the output is in {os.path.basename(LOG)}.)")


def show_progress(line):
    """Show on a terminal the step that a line of pip's output tells of, in place of the one before."""
    step = re.match(r"Collecting \S+|Installing collected packages|$", line)
    if step and sys.stdout.isatty():
        print(f"\r\033[K{step.group()}", end="", flush=True)


def explain(output):
    """Return what the output of a failed command means: a known cause and its cure, or the last lines."""
    for symptom, meaning in PIP_FAILURES:
        found = re.search(symptom, output)
        if found:
            machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
            return meaning.format(machine=machine, **found.groupdict())
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith((" ", "Traceback"))]
    return "\n".join(["the last lines say", *lines[-5:]])


if __name__ == "__main__":
    sys.exit(main())
