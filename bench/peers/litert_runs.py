"""LiteRT with its default delegate (XNNPACK) on one thread: loads a model, runs it three times and then RUNS times more.

What bench/arm_instructions.py counts; `brink bench --runs RUNS` does the same.
"""

import sys

import timing

try:
    from ai_edge_litert.interpreter import Interpreter
except ModuleNotFoundError:  # 32-bit ARM has the older name's wheel alone
    from tflite_runtime.interpreter import Interpreter

interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
for detail in interpreter.get_input_details():
    interpreter.set_tensor(detail["index"], timing.made_up(detail["shape"], detail["dtype"]))
for _ in range(3 + int(sys.argv[2])):
    interpreter._interpreter.Invoke()
