"""The shared helpers of the Stable Gradients lessons; README.md has a map of them.

This file runs before any module of the package: so TensorFlow starts in silence, whatever a module imports first. Where
Keras was imported before the helpers, TensorFlow's own lines appear, and nothing else changes.
"""

import os

from helpers.quiet import import_tensorflow_silently

os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever another project has set; so with its keras.json
import_tensorflow_silently()

import keras  # noqa: E402 (after TensorFlow)

keras.config.set_floatx("float32")
