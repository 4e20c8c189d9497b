#!/usr/bin/python3
"""Makes the skeleton of an operator: src/brink/ops/NAME.cc, its test and its line in the table.

  tools/new_op.py CUMSUM             a builtin of TFLite's schema
  tools/new_op.py --custom MyOp      a custom, by the name that models call it

What is left to do stands in the new files. Standard library only.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SOURCE = """// {name}: what it computes, of which inputs; the options that decide about it.
#include "brink/ops/op.h"

namespace brink::ops {{
namespace {{

Result<Prepared> Prepare(const NodeView& node) {{
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {{Type::kFloat32}}));
  BRINK_TRY(node.CheckOutputType(0, {{Type::kFloat32}}));
  return node.Unsupported("the operator: its step is not written");
}}

}}  // namespace

extern const OpDef {symbol}{{.name = "{name}",
{padding}.code = {code},
{padding}.max_version = 1,
{padding}.types = "f32",
{padding}.kernels = "",
{padding}.prepare = Prepare}};

}}  // namespace brink::ops
"""

TEST = """#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/ops/op_call_testing.h"

namespace brink::ops {{
namespace {{

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// The numbers are LiteRT's: brink verify MODEL --against litert.
TEST({camel}Test, ComputesWhatLiteRtDoes) {{
  OpCall call("{name}");
  call.In<float>({{3}}, {{1, 2, 3}}).Out(Type::kFloat32);
  EXPECT_THAT(call.Floats(), ElementsAreArray({{1, 2, 3}}));
}}

TEST({camel}Test, WhatDoesNotFitIsRefused) {{
  OpCall call("{name}");
  call.In<int32_t>({{1}}, {{1}}).Out(Type::kFloat32);
  EXPECT_THAT(call.Error(), HasSubstr("input 0"));
}}

}}  // namespace
}}  // namespace brink::ops
"""


def builtin_code(root, name):
    """The operator's code, which is its place in src/brink/model/operator_table.cc; None when it is none of TFLite's."""
    table = (root / "src/brink/model/operator_table.cc").read_text()
    names = re.findall(r'^    \{"([A-Z0-9_]+)", ', table, re.M)
    return names.index(name) if name in names else None


def file_name(name):
    """CUMSUM is cumsum, MaxUnpooling2D is max_unpooling_2d."""
    if name.isupper():
        return name.lower()
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).lower()


def make(root, name, custom):
    """Writes the files; returns their paths. Raises ValueError with what is wrong."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"'{name}' is no operator's name: letters, digits and _")
    code = "model::kCustomCode" if custom else builtin_code(root, name)
    if code is None:
        raise ValueError(f"TFLite has no builtin operator '{name}'; --custom makes a custom of that name")
    stem = file_name(name)
    ops = root / "src/brink/ops"
    source, test = ops / f"{stem}.cc", ops / f"{stem}_test.cc"
    for path in (source, test):
        if path.exists():
            raise ValueError(f"{path.relative_to(root)} is there already")
    camel = "".join(word[:1].upper() + word[1:] for word in stem.split("_"))
    symbol = "k" + camel
    padding = " " * len(f"extern const OpDef {symbol}{{")
    text = SOURCE.format(name=name, symbol=symbol, code=code, padding=padding)
    if custom:
        text = text.replace('#include "brink/ops/op.h"', '#include "brink/model/graph.h"\n#include "brink/ops/op.h"')
    source.write_text(text)
    test.write_text(TEST.format(name=name, camel=camel))
    table = ops / "CMakeLists.txt"
    lines = table.read_text().splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if line.startswith("brink_op(")]
    place = next((i for i in places if lines[i] > f"brink_op({stem})\n"), places[-1] + 1)
    lines.insert(place, f"brink_op({stem})\n")
    table.write_text("".join(lines))
    return [source, test, table]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--custom", action="store_true", help="a custom operator, not one of TFLite's own")
    arguments = parser.parse_args()
    try:
        paths = make(ROOT, arguments.name, arguments.custom)
    except ValueError as error:
        sys.exit(f"new_op.py: {error}")
    for path in paths:
        print(path.relative_to(ROOT))
    print("then: docs/ops.md by `build/release/brink ops --markdown`, and a line in src/brink/engine/one_node_recipes.h")


if __name__ == "__main__":
    main()
