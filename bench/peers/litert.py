"""LiteRT with its default delegate (XNNPACK). With WITHOUT_AVX512 in the environment as on a CPU that has none."""

import os

import timing
import without_avx512
from ai_edge_litert.interpreter import Interpreter

if "WITHOUT_AVX512" in os.environ:
    without_avx512.hide()


def load(model, threads):
    interpreter = Interpreter(model, num_threads=threads)
    interpreter.allocate_tensors()
    yield
    inputs = [(detail["index"], timing.made_up(detail["shape"], detail["dtype"])) for detail in interpreter.get_input_details()]

    def fill():
        for index, values in inputs:
            interpreter.set_tensor(index, values)
    yield fill, interpreter._interpreter.Invoke  # without what Python's invoke() checks before, which a short model would show


timing.main(load)
