"""Names of functions as loading.txt has them: without parameters and template arguments, for any CPU and any architecture."""

import re
import subprocess

# Highway compiles a function once for each of these, in a namespace of its own.
TARGET = re.compile(r"\bN_(\w+)::")


def demangle(symbols, tool="c++filt"):
    """The C++ names of mangled ones, in their order."""
    run = subprocess.run([tool], input="\n".join(symbols), stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout.splitlines()


def _without_brackets(name):
    """What is left when all <...> and (...) are gone."""
    kept, depth = [], 0
    for letter in name:
        if letter in "<(":
            depth += 1
        elif letter in ">)":
            depth -= 1
        elif depth == 0:
            kept.append(letter)
    return "".join(kept)


def short(name):
    """`brink::kernels::N_*::{anonymous}::RunTask` of `void brink::kernels::N_AVX2::(anonymous namespace)::RunTask<float>(...)`; what
    the standard library makes of our types gets the first of these: `std::_Function_handler::_M_invoke of brink::ops::Buffers`."""
    name = re.sub(r" ?\[(clone|abi:)[^]]*\]", "", name)
    name = name.replace("(anonymous namespace)", "{anonymous}").replace("operator()", "operator{}")
    name = re.sub(r"operator(<<|>>|<=>|<=|>=|->|<|>)", "operator{}", name)
    name = TARGET.sub("N_*::", name)
    bare = _without_brackets(name).removesuffix(" const").strip().split(" ")[-1]
    if bare.startswith("brink::"):
        return bare
    ours = re.search(r"brink::[\w:*{}]+", name)
    return f"{bare} of {ours[0].rstrip(':')}" if ours else bare
