// The cases of ../shared: models with recorded inputs and outputs of LiteRT's kernel families.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::golden {

// One run of one model.
struct Case {
  std::string name;       // "mlperf_kws_i8", "mlperf_kws_i8/dyn2", "aeq_two_signatures/sig_add"
  std::string model;      // path of the .tflite file
  std::string folder;     // of its recorded arrays
  std::string signature;  // empty: the main graph, whose arrays are numbered; else arrays are named
                          // as it binds them
  bool quantised = false;
  bool single_operator = false;

  friend void PrintTo(const Case& recorded, std::ostream* out) { *out << recorded.name; }
};

// Where the recorded data is: $BRINK_SHARED, or ../shared.
std::string SharedFolder();

// All cases of SharedFolder()/zoo.json, sorted; none when there is no such folder.
Result<std::vector<Case>> LoadCases();

// The recordings of one output in the run `run` of three with the same inputs, by LiteRT's kernel
// families, the default one first. Models without state have one for all runs.
Result<std::vector<Tensor>> LoadRecordings(const Case& recorded, const std::string& output,
                                           int run);

}  // namespace brink::golden
