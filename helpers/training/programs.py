"""Compiled programs that are used again: by models that run the same one, and in the next comparison.

XLA keeps what it has compiled as long as the process lives, some 100 MB for a deep network. So its programs are kept
here, without data, for the next comparison that needs the same. (Without that, lesson 2 takes 12 % more CPU time.)
"""

import contextlib
import dataclasses
import json
import re
import threading
import warnings

import numpy as np

from helpers.training.trainer import Trainer

_idle = {}  # trainers that wait for the next model of their kind
_compiling = threading.Lock()
_SET_VARIABLES = {"build_config", "build_input_shape"}  # and initializers and a constant rate: not the program


@contextlib.contextmanager
def trainer_of(model, x, y, settings):
    """Lend a trainer that starts from a model: one that was compiled before, if there is one for the same program.

    The parameters are those of `Trainer`. The model itself is trained only if its program had to be compiled.
    """
    program = program_key(model)
    kinds = [(type(array).__name__, np.shape(array), str(getattr(array, "dtype", None))) for array in (x, y)]
    key = program and (program, *kinds, dataclasses.replace(settings, n_steps=0))
    trainer = _idle.pop(key, None)
    if trainer is None:
        with _compiling:
            trainer = Trainer(model, x, y, settings)
    else:
        trainer.start_from(model)
        trainer.feed(x, y)
    try:
        yield trainer
    finally:
        trainer.release_data()
        if key and trainer.with_xla:
            _idle[key] = trainer
        del trainer, model


def program_key(model):
    """Return what decides the compiled training loop of a compiled keras.Model, a str or None.

    It is equal for two models only if they run the same program: initializers, a constant learning rate and the names
    that Keras makes up, which only change values of variables, are left out. None where Keras's configuration does not
    tell, as for a model with functions, layers or an optimizer of one's own.
    """
    variables = [(list(variable.shape), variable.trainable) for variable in model.variables]
    try:
        with warnings.catch_warnings(action="ignore"):  # Keras advises against lambdas in files; none is written here
            config = {"class_name": type(model).__name__, "config": model.get_config()}
            parts = json.loads(json.dumps([config, model.get_compile_config(), variables]), object_hook=_program_part)
    except (NotImplementedError, TypeError, ValueError):
        return None
    text, optimizer = json.dumps(parts, sort_keys=True), parts[1].get("optimizer")
    named = [parts[0], *parts[0]["config"].get("layers", ()), *([optimizer] if isinstance(optimizer, dict) else [])]
    for place, each in enumerate(named):
        name = each["config"].get("name", "")
        if re.sub(r"[_\d]", "", name) == each["class_name"].lower():  # a name that Keras made up
            text = text.replace(f'"{name}"', f'"#{place}"')
    return text


def _program_part(config):
    """Return a dictionary of the configuration without what only sets variables; TypeError if it hides a function."""
    is_code = set(config) == {"value"} and not isinstance(config["value"], (int, float))  # of a lambda, no constant
    if is_code or config.get("class_name") == "__lambda__" or config.get("registered_name"):
        raise TypeError("a function, or an object that is not Keras's own")
    return {
        key: value
        for key, value in config.items()
        if key not in _SET_VARIABLES and not key.endswith("_initializer")
        if key != "learning_rate" or isinstance(value, dict)  # a schedule is part of the program
    }
