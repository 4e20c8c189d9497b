// A model with recorded inputs and outputs: what brink is held to.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/tensor/tensor.h"

namespace brink::verify {

// One run of one model.
struct Case {
  std::string name;       // "mlperf_kws_i8", "mlperf_kws_i8/dyn2", "aeq_two_signatures/sig_add"
  std::string model;      // path of the .tflite file
  std::string folder;     // of its recorded arrays: in0.npy, out0.npy
  std::string signature;  // empty: the main graph, whose arrays are numbered; else arrays are named
                          // as it binds them
  bool quantised = false;
  bool single_operator = false;

  friend void PrintTo(const Case& recorded, std::ostream* out) { *out << recorded.name; }
};

// All cases of a zoo.json, sorted: a list of {name, tier, graph: {kind}}; models lie beside it as
// models/NAME.tflite, recordings in golden/NAME. An entry without recordings is left out.
Result<std::vector<Case>> LoadCases(const std::string& zoo);

// The recordings of one output in the run `run` of three with the same inputs, by LiteRT's kernel
// families, the default one first. Models without state have one for all runs.
Result<std::vector<Tensor>> LoadRecordings(const Case& recorded, const std::string& output,
                                           int run);

}  // namespace brink::verify
