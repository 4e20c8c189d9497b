"""ncnn with what tflite2onnx and then pnnx make of the model: converted and tried in a child, so that load and memory are ncnn's alone."""

import concurrent.futures
import ctypes
import importlib.util
import multiprocessing
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import ncnn
import numpy as np
import timing

TOLERANCE = 1e-2  # of the largest answer


def convert(model, folder):
    """Writes ncnn's files there, compares ncnn's answers with ONNX Runtime's; the inputs."""
    import onnxruntime
    import to_onnx
    path = str(folder / "model.onnx")
    to_onnx.convert(model, path)
    to_onnx.spell_padding(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": "f4", "tensor(uint8)": "u1", "tensor(int8)": "i1", "tensor(int32)": "i4"}
    inputs = {port.name: timing.made_up(port.shape, types[port.type]) for port in session.get_inputs()}
    shapes = [f"[{','.join(map(str, one.shape))}]{one.dtype.kind}{one.dtype.itemsize * 8}" for one in inputs.values()]
    pnnx = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"  # its Python half wants PyTorch
    done = subprocess.run([pnnx, path, "inputshape=" + ",".join(shapes), "fp16=0"], cwd=folder, capture_output=True, timeout=300)
    if done.returncode != 0 or not (folder / "model_ncnn.py").exists():
        raise RuntimeError(f"pnnx cannot convert it: exit code {done.returncode}")
    arrays = list(inputs.values())
    for (answer, batch), wanted in zip(timing.loaded(load(folder, arrays, 1))[1](), session.run(None, inputs), strict=True):
        got, wanted = (values.astype("f8").ravel() for values in (answer.numpy(batch_index=batch), wanted))
        if got.size != wanted.size or not np.allclose(got, wanted, rtol=0, atol=TOLERANCE * np.abs(wanted).max(initial=1e-6)):
            raise RuntimeError("ncnn's answers are not ONNX Runtime's")
    return arrays


def flush_subnormals():
    """ncnn's own default, which its wheel does not carry out: that part of it is compiled for SSE3 only. Threads started later inherit it."""
    if platform.machine() == "x86_64":
        libm = ctypes.CDLL("libm.so.6")
        environment = (ctypes.c_uint32 * 8)()  # the last word is MXCSR
        libm.fegetenv(environment)
        environment[7] |= 0x8040
        libm.fesetenv(environment)


def load(folder, inputs, threads):
    flush_subnormals()
    net = ncnn.Net()
    net.opt.num_threads = threads
    if net.load_param(str(folder / "model.ncnn.param")) != 0 or net.load_model(str(folder / "model.ncnn.bin")) != 0:
        raise RuntimeError("ncnn cannot load what pnnx made")
    yield
    example = (folder / "model_ncnn.py").read_text(encoding="utf-8")  # names the ports, and which axis is the batch
    sources = re.findall(r'ex\.input\("(\w+)".*batch_index=(\d+)', example)
    results = re.findall(r"from_numpy\((\w+)\.numpy\(batch_index=(\d+)", example)
    mats = [(name, ncnn.Mat(values, batch_index=int(axis)).clone()) for (name, axis), values in zip(sources, inputs, strict=True)]

    def run():
        with net.create_extractor() as extractor:
            for name, mat in mats:
                extractor.input(name, mat)
            answers = [(*extractor.extract(name), int(axis)) for name, axis in results]
        if any(code != 0 for code, _, _ in answers):
            raise RuntimeError("ncnn cannot run what pnnx made")
        return [(mat, axis) for _, mat, axis in answers]
    yield timing.copier([(np.asarray(mat), np.array(mat)) for _, mat in mats]), run


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as child:
            inputs = child.submit(convert, sys.argv[1], folder).result()
        timing.main(lambda _, threads: load(folder, inputs, threads))


main()
