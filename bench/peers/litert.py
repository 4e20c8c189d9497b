"""LiteRT with its default delegate (XNNPACK)."""

import timing
from ai_edge_litert.interpreter import Interpreter


def load(model, threads):
    interpreter = Interpreter(model, num_threads=threads)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], timing.made_up(detail["shape"], detail["dtype"]))
    return interpreter._interpreter.Invoke  # without what Python's invoke() checks before, which a short model would show


timing.main(load)
