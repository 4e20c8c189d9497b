"""LiteRT with its default delegate (XNNPACK)."""

import functools

import timing
from ai_edge_litert.interpreter import Interpreter


def load(model, threads):
    interpreter = Interpreter(model, num_threads=threads)
    interpreter.allocate_tensors()

    @functools.cache  # not made while the loading is timed
    def inputs():
        return [(detail["index"], timing.made_up(detail["shape"], detail["dtype"])) for detail in interpreter.get_input_details()]

    def fill():
        for index, values in inputs():
            interpreter.set_tensor(index, values)
    return fill, interpreter._interpreter.Invoke  # without what Python's invoke() checks before, which a short model would show


timing.main(load)
