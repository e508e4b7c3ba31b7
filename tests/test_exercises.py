"""Each self-check accepts a right answer and refuses wrong ones with a hint; none raises."""

from helpers.exercises import check

import keras
import numpy as np
import pytest
from keras import layers


def dense_net(*hidden):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])


def fan_avg_uniform():
    return keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")


def relu_net(initializers, activation="relu"):
    return dense_net(*(layers.Dense(100, activation=activation, kernel_initializer=made) for made in initializers))


def selu_net(initializer="lecun_normal", dropout=layers.AlphaDropout, n_hidden=20, rate=0.1):
    hidden = [layers.Dense(100, activation="selu", kernel_initializer=initializer) for _ in range(n_hidden)]
    return dense_net(*hidden, dropout(rate))


def elu_net(initializer="he_normal", activation="elu"):
    return dense_net(*(layers.Dense(n, activation=activation, kernel_initializer=initializer) for n in (300, 100)))


def standardize(train, new, std_of=None):
    std = (train if std_of is None else std_of).std(axis=0)
    return np.where(std > 0, (new - train.mean(axis=0)) / np.where(std > 0, std, 1), 0)


RIGHT = {
    "1.1": lambda n_in, n_out: np.sqrt(6 / (n_in + n_out)),
    "1.2": 1 - 1 / np.pi,
    "1.3": lambda slope: 2 / (1 + slope**2),
    "1.4": lambda: relu_net([fan_avg_uniform() for _ in range(3)]),
    "1.5": 0.8**10,
    "2.1": lambda z, slope: np.where(z > 0, 1, slope),
    "2.2": 400,
    "2.3": elu_net,
    "2.4": 0.3,
    "2.5": lambda slope, n_layers: slope**n_layers,
    "3.1": lambda z: 1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z)),
    "3.2": 13,
    "3.3": selu_net,
    "3.4": standardize,
    "3.5": "direction collapse",
}


def one_for_all():
    shared = fan_avg_uniform()
    return relu_net([shared] * 3)


WRONG = [
    ("1.1", lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
    ("1.1", lambda n_in, n_out: np.sqrt(6 / n_in)),
    ("1.2", 0.5),
    ("1.3", lambda slope: 2),
    ("1.3", lambda slope: 2 / (1 + slope)),
    ("1.4", one_for_all),
    ("1.4", lambda: relu_net(["he_uniform"] * 3)),
    ("1.4", lambda: relu_net([fan_avg_uniform() for _ in range(2)])),
    ("1.4", lambda: relu_net([fan_avg_uniform() for _ in range(3)], "elu")),
    ("1.5", 0.8**20),
    ("2.1", lambda z, slope: np.where(z > 0, slope, 1)),
    ("2.2", 2),
    ("2.3", lambda: elu_net("lecun_normal")),
    ("2.3", lambda: elu_net(activation="selu")),
    ("2.4", 0.1),
    ("2.5", lambda slope, n_layers: slope * n_layers),
    ("3.1", lambda z: np.where(z > 0, 1, 1.67 * np.exp(z))),
    ("3.2", 12),
    ("3.3", lambda: selu_net("he_normal")),
    ("3.3", lambda: selu_net(dropout=layers.Dropout)),
    ("3.3", lambda: selu_net(n_hidden=19)),
    ("3.3", lambda: selu_net(rate=0.5)),
    ("3.4", lambda train, new: standardize(new, new)),
    ("3.4", lambda train, new: (new - train.mean(axis=0)) / (train.std(axis=0) + 1e-3)),
    ("3.5", "vanishing gradients"),
    ("3.5", "the weather"),
]


@pytest.mark.parametrize("exercise", RIGHT)
def test_a_right_answer_is_right(exercise, capsys):
    check(exercise, RIGHT[exercise])
    assert capsys.readouterr().out == f"exercise {exercise}: right\n"


@pytest.mark.parametrize(("exercise", "answer"), WRONG, ids=[f"{name}-{i}" for i, (name, _) in enumerate(WRONG)])
def test_a_wrong_answer_gets_a_hint(exercise, answer, capsys):
    check(exercise, answer)
    start = f"exercise {exercise}: not yet. "
    line = capsys.readouterr().out
    assert line.startswith(start)
    assert len(line) > len(start) + 10


@pytest.mark.parametrize("exercise", RIGHT)
@pytest.mark.parametrize("answer", [None, "text", 1 + 2j, print, [], np.nan], ids=str)
def test_no_answer_of_another_kind_raises_or_is_right(exercise, answer, capsys):
    check(exercise, answer)
    assert f"exercise {exercise}: not yet. " in capsys.readouterr().out


@pytest.mark.parametrize("exercise", RIGHT)
def test_no_answer_yet_is_no_mistake(exercise, capsys):
    check(exercise, ...)
    assert capsys.readouterr().out == f"exercise {exercise}: no answer yet\n"


def test_an_exercise_that_does_not_exist_is_refused():
    with pytest.raises(KeyError, match=r"no exercise '9\.9'"):
        check("9.9", 1)
