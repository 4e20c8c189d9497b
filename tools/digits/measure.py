"""Runs .tflite digits classifiers with LiteRT over held-out digits and prints how many they get right."""

import argparse
import csv
import pathlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def load(path):
    """(ink 0 to 1 [n, 8, 8, 1], labels) of a held_out.csv."""
    rows = np.array(list(csv.reader(path.open()))[1:], dtype=int)
    return rows[:, 1:].reshape(-1, 8, 8, 1) / 16, rows[:, 0]


def classify(path, images):
    """The class of each image; what goes into an int8 input is quantised with its scale and zero point."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    given, wanted = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = given["quantization"]
    classes = []
    for image in images:
        if given["dtype"] == np.int8:
            image = np.clip(np.rint(image / scale) + zero_point, -128, 127)
        interpreter.set_tensor(given["index"], image[None].astype(given["dtype"]))
        interpreter.invoke()
        classes.append(interpreter.get_tensor(wanted["index"]).argmax())
    return np.array(classes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("digits", type=pathlib.Path, help="a CSV file as train.py writes it")
    parser.add_argument("models", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    images, labels = load(options.digits)
    for path in options.models:
        right = (classify(path, images) == labels).sum()
        print(f"{path.name}: {right} of {len(labels)} = {right / len(labels):.2%}")


if __name__ == "__main__":
    main()
