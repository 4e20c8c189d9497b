#include <algorithm>
#include <cstdio>
#include <vector>

#include "brink/base/json.h"
#include "brink/model/graph.h"
#include "brink/ops/op_table.h"
#include "commands.h"

namespace brink::apps {
namespace {

struct Options {
  bool markdown = false;
  bool json = false;
};

// Builtin operators by name, then customs.
std::vector<const ops::OpDef*> Sorted() {
  std::vector<const ops::OpDef*> all(ops::AllOps().begin(), ops::AllOps().end());
  std::sort(all.begin(), all.end(), [](const ops::OpDef* a, const ops::OpDef* b) {
    const bool a_custom = a->code == model::kCustomCode;
    const bool b_custom = b->code == model::kCustomCode;
    return a_custom != b_custom ? b_custom : a->name < b->name;
  });
  return all;
}

std::string Name(const ops::OpDef& op) {
  return (op.code == model::kCustomCode ? "CUSTOM:" : "") + std::string(op.name);
}

std::string Versions(const ops::OpDef& op) {
  return op.max_version == 1 ? "1" : "1-" + std::to_string(op.max_version);
}

constexpr const char* kHeading = R"(# Operators

Made by `brink ops --markdown`. A model that needs anything else is refused when it is loaded, with the operator's name and the nodes that
use it. Types are those of what an operator works on: f32 float32, i8 int8, c64 complex64 ...; `weights` names further types that
constant weights may have. i8, u8 and i16 are quantised where TFLite quantises them.

| operator | versions | types | kernels |
|---|---|---|---|
)";

void PrintMarkdown() {
  std::fputs(kHeading, stdout);
  for (const ops::OpDef* op : Sorted()) {
    std::printf("| %s | %s | %s | %s |\n", Name(*op).c_str(), Versions(*op).c_str(),
                std::string(op->types).c_str(), std::string(op->kernels).c_str());
  }
}

void PrintJson() {
  json::Array list;
  for (const ops::OpDef* op : Sorted()) {
    list.push_back(json::Object{{"operator", Name(*op)},
                                {"max_version", int64_t{op->max_version}},
                                {"types", std::string(op->types)},
                                {"kernels", std::string(op->kernels)}});
  }
  std::printf("%s\n", json::Write(list, {.indent = 2}).c_str());
}

void PrintTable() {
  for (const ops::OpDef* op : Sorted()) {
    std::printf("%-36s %-5s %s  (%s)\n", Name(*op).c_str(), Versions(*op).c_str(),
                std::string(op->types).c_str(), std::string(op->kernels).c_str());
  }
}

Status List(const Options& options) {
  if (options.markdown) {
    PrintMarkdown();
  } else if (options.json) {
    PrintJson();
  } else {
    PrintTable();
  }
  return {};
}

}  // namespace

Command OpsCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "ops",
          .help = "List the operators that brink runs: versions, types, kernels",
          .example = "example: brink ops | grep CONV",
          .settings = {"log_level", "log_format"},
          .arguments =
              [options](CLI::App& app) {
                auto* markdown = app.add_flag("--markdown", options->markdown, "as docs/ops.md is");
                app.add_flag("--json", options->json, "as JSON")->excludes(markdown);
              },
          .action = [options](const Config&) { return List(*options); }};
}

}  // namespace brink::apps
