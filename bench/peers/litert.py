"""LiteRT with its default delegate (XNNPACK). With LITERT_CPU in the environment as on that CPU (lesser_cpu.py)."""

import os

import lesser_cpu
import timing
from ai_edge_litert.interpreter import Interpreter

if "LITERT_CPU" in os.environ:
    lesser_cpu.pretend(os.environ["LITERT_CPU"])


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
