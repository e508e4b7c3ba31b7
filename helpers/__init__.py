"""The shared helpers of the Stable Gradients lessons."""

from helpers.quiet import import_tensorflow_silently

import_tensorflow_silently()
