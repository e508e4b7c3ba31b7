"""Memory: what is done again and again takes no more of it each time."""

import subprocess
import sys

import pytest

TEN_COMPARISONS = """
import keras
from keras import layers
from helpers.data import draw_garments
from helpers.training import compare, trainer

trainer.XLA_PAYS_FROM = {pays_from}
data = draw_garments(20_000, 500, 10)

def net(activation):
    hidden = [layers.Dense(100, activation=activation) for _ in range(10)]
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def resident():
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

for _ in range(10):
    builders = {{"relu": lambda: net("relu"), "selu": lambda: net("selu")}}
    compare(builders, data, seeds=(0, 1), steps_per_epoch=20, verbose=0)
    print(resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from Linux's /proc")
@pytest.mark.parametrize("pays_from", [0, 10**9], ids=["XLA", "plain"])
def test_ten_equal_comparisons_stay_flat(pays_from):
    script = TEN_COMPARISONS.format(pays_from=pays_from)
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    resident = [float(line) for line in result.stdout.split()]
    assert len(resident) == 10
    assert resident[-1] - resident[2] < 10  # MiB; the images alone are 16 as bytes, 60 as float32
