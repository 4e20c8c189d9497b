// Fuzzes the preparation and the run of every operator: the first byte picks one, the rest becomes
// its options, inputs and numbers. BRINK_FUZZ_OP=CONV_2D keeps to one.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "brink/engine/one_node_ways.h"
#include "brink/ops/op_table.h"

namespace {

const brink::ops::OpDef& OpFor(uint8_t byte) {
  const auto ops = brink::ops::AllOps();
  static const char* only = std::getenv("BRINK_FUZZ_OP");
  if (only != nullptr) {
    for (const brink::ops::OpDef* op : ops) {
      if (op->name == std::string_view(only)) return *op;
    }
    std::fprintf(stderr, "BRINK_FUZZ_OP: no operator %s\n", only);
    std::exit(2);
  }
  return *ops[byte % ops.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const brink::ops::OpDef& op = OpFor(data[0]);
  const std::string wrong = brink::engine::OneNodeWays(op, {data + 1, size - 1}).Disagreement();
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s: %s\n", std::string(op.name).c_str(), wrong.c_str());
  std::abort();
}
