// Runs a model and says how near its outputs are to what they should be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "brink/model/graph.h"
#include "brink/verify/case.h"
#include "brink/verify/judge.h"

namespace brink::verify {

struct OutputReport {
  std::string name;  // the tensor's
  Type type = Type::kFloat32;
  Shape shape;
  Verdict verdict;  // the worst of all runs
};

struct Report {
  std::string name;
  std::vector<OutputReport> outputs;
  std::optional<Error> error;  // why it could not be loaded or run

  // Empty when every output agrees; else the first that is wrong, and what.
  std::string Wrong() const;
};

// Three runs against the case's recordings: a run must not depend on what the one before left in
// the arena, and models with state have recordings of each.
Report Check(const Case& recorded, int threads = 1);

// Whether a model is one operator, and whether it is quantised: what of the rules a file tells.
Rules RulesOf(const model::Model& model);

}  // namespace brink::verify
