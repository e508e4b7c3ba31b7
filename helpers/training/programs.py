"""Compiled programs that are used again: by models that run the same one, and in the next comparison.

What XLA has compiled it keeps as long as the process lives, some 100 MB for a deep network, whoever still needs it. So
its programs are kept here, without data, for the next comparison that asks for the same.
"""

import contextlib
import json
import re
import threading
import warnings

from helpers.training.loop import Trainer

_idle = {}  # trainers that wait for the next model of their kind
_compiling = threading.Lock()
_DECIDED_BY_VARIABLES = {"build_config", "build_input_shape"}  # and initializers, a constant rate, automatic names
_TO_LAYERS = {"keras_history", "input_layers", "output_layers"}  # where a functional model refers to them by name


@contextlib.contextmanager
def trainer_of(model, x, y, batch_size, gradient_norms, update_ratios, n_steps):
    """Lend a trainer that starts from a model: one that was compiled before, if there is one for the same program.

    Parameters
    ----------
    model, x, y, batch_size, gradient_norms, update_ratios, n_steps
        As for `Trainer`. The model itself is trained only if its program had to be compiled.

    Yields
    ------
    Trainer
    """
    program = program_key(model)
    key = program and (program, kind_of(x), kind_of(y), batch_size, gradient_norms, update_ratios)
    trainer = _idle.pop(key, None)
    if trainer is None:
        with _compiling:
            trainer = Trainer(model, x, y, batch_size, gradient_norms, update_ratios, n_steps)
    else:
        trainer.start_from(model)
        trainer.feed(x, y)
    try:
        yield trainer
    finally:
        trainer.feed(None, None)
        if key and trainer.with_xla:
            _idle[key] = trainer
        del trainer, model


def kind_of(array):
    """Return what a program knows of an array: its class, shape and type."""
    return type(array).__name__, tuple(array.shape), str(array.dtype)


def program_key(model):
    """Return what decides the compiled training loop of a model.

    Initializers, a constant learning rate and the names that Keras makes up are left out: they change the values of
    variables, not the program.

    Parameters
    ----------
    model : keras.Model
        Compiled.

    Returns
    -------
    str or None
        Equal for two models only if they run the same program; None where Keras's configuration does not tell, as
        for a model with functions, layers or an optimizer of one's own.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # Keras advises against lambdas in files; none is written here
            places = {layer.name: place for place, layer in enumerate(model.layers)}
            parts = [
                {"class_name": type(model).__name__, "config": _by_place(model.get_config(), places)},
                model.get_compile_config(),
                [(list(variable.shape), variable.trainable) for variable in model.variables],
            ]
        return json.dumps(_stripped(parts), sort_keys=True)
    except (_OpaqueError, NotImplementedError, TypeError, ValueError):
        return None


def _by_place(config, places):
    """Return a model's configuration with each reference to one of its layers by place, not by name."""
    if isinstance(config, (list, tuple)):
        return [_by_place(value, places) for value in config]
    if not isinstance(config, dict):
        return config
    kept = dict(config)
    if "inbound_nodes" in config:
        del kept["name"]  # it stands in the layer's own configuration, too
    return {
        key: _placed(value, places) if key in _TO_LAYERS else _by_place(value, places) for key, value in kept.items()
    }


def _placed(reference, places):
    if isinstance(reference, (list, tuple)):
        return [_placed(value, places) for value in reference]
    return places.get(reference, reference)


class _OpaqueError(Exception):
    """The configuration holds something whose meaning it does not spell out."""


def _stripped(config, class_name=""):
    """Return the configuration of an object of that class without what only sets variables."""
    if isinstance(config, (list, tuple)):
        return [_stripped(value) for value in config]
    if not isinstance(config, dict):
        return config
    if _is_opaque(config):
        raise _OpaqueError
    kept = {key: value for key, value in config.items() if not _only_sets_variables(key, value, class_name)}
    return {key: _stripped(value, config.get("class_name", "")) for key, value in kept.items()}


def _only_sets_variables(key, value, class_name):
    if key == "name":
        return re.sub(r"[_\d]", "", value) == class_name.lower()
    if key == "learning_rate":
        return not isinstance(value, dict)  # a schedule is part of the program
    return key in _DECIDED_BY_VARIABLES or key.endswith("_initializer")


def _is_opaque(config):
    """Tell whether this is how Keras writes down a Python function or an object that is not its own."""
    is_lambda = set(config) == {"value"}
    is_function = config.get("class_name") in ("function", "__lambda__")
    is_foreign = config.get("registered_name") is not None or config.get("module") == "builtins"
    return is_lambda or is_function or is_foreign
