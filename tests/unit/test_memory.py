"""Memory: what is done again and again takes no more of it each time."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from Linux's /proc")

TEN_COMPARISONS = """
import keras
from keras import layers
from helpers.data import draw_garments
from helpers.training import compare, loop

loop.XLA_PAYS_FROM = {pays_from}
data = draw_garments(20_000, 500, 10)

def net(activation):
    hidden = [layers.Dense(100, activation=activation) for _ in range(10)]
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

for _ in range(10):
    builders = {{"relu": lambda: net("relu"), "selu": lambda: net({selu})}}
    compare(builders, data, seeds=(0, 1), steps_per_epoch=20, verbose=0)
    print(resident())
"""


@pytest.fixture
def grown(tmp_path):
    """Return a function that tells by how many MiB memory has grown from the third of ten comparisons to the last."""

    def measure(pays_from, selu):
        script = tmp_path / "ten_comparisons.py"
        script.write_text(TEN_COMPARISONS.format(pays_from=pays_from, selu=selu))
        result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        resident = [float(line) for line in result.stdout.split()]
        assert len(resident) == 10
        return resident[-1] - resident[2]

    return measure


@pytest.mark.parametrize("pays_from", [0, 10**9], ids=["XLA", "plain"])
def test_ten_equal_comparisons_stay_flat(grown, pays_from):
    assert grown(pays_from, "'selu'") < 10  # the images alone are 16 MiB as bytes, 60 as float32


def test_the_measurement_sees_programs_that_pile_up(grown):
    assert grown(0, "lambda z: keras.ops.selu(z)") > 20  # a function of one's own: a new program each time
