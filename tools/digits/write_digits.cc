// Makes models/digits/*.tflite, float32 and int8, of the weights that train.py found.
//
//   write_digits FOLDER           FOLDER/weights.txt -> FOLDER/digits.tflite,
//   FOLDER/digits_int8.tflite write_digits FOLDER --check   fails unless those files are exactly
//   what it would write
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "brink/base/file.h"
#include "brink/model/builder.h"

namespace {

using namespace brink;
using model::Options;

constexpr size_t kMaxWeightsBytes = 1 << 20;

struct Weights {
  std::vector<int64_t> dims;
  std::vector<double> values;
};
struct Range {  // of an activation over the training set
  double low = 0;
  double high = 0;
};
struct Trained {
  std::map<std::string, Weights> tensors;
  std::map<std::string, Range> ranges;
};

int64_t Elements(const std::vector<int64_t>& dims) {
  int64_t product = 1;
  for (const int64_t dim : dims) product *= dim;
  return product;
}

// The format is train.py's: "one N", "tensor NAME DIMS..." with its values below, "range NAME LOW
// HIGH", in units of 1/N.
Result<Trained> ReadTrained(const std::string& path) {
  BRINK_ASSIGN(const std::string text, ReadTextFile(path, kMaxWeightsBytes));
  std::istringstream lines(text);
  Trained trained;
  double one = 1;
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string keyword;
    std::string name;
    words >> keyword;
    if (keyword == "one") {
      words >> one;
    } else if (keyword == "range") {
      Range range;
      words >> name >> range.low >> range.high;
      trained.ranges[name] = {range.low / one, range.high / one};
    } else if (keyword == "tensor") {
      Weights& weights = trained.tensors[(words >> name, name)];
      for (int64_t dim = 0; words >> dim;) weights.dims.push_back(dim);
      const int64_t count = Elements(weights.dims);
      for (double value = 0; std::ssize(weights.values) < count && lines >> value;) {
        weights.values.push_back(value / one);
      }
      if (std::ssize(weights.values) != count) {
        return Fail(Error{Code::kDataLoss, "'" + name + "' ends early"}.Within(path));
      }
      std::getline(lines, line);
    } else {
      return Fail(Code::kInvalidArgument, path + ": not a line of weights: " + line);
    }
  }
  return trained;
}

// Everything that Digits looks up is there and has the right size.
Status CheckComplete(const Trained& trained) {
  const std::map<std::string, std::vector<int64_t>> wanted = {
      {"conv1/weights", {16, 3, 3, 1}},  {"conv1/bias", {16}},
      {"conv2/weights", {32, 3, 3, 16}}, {"conv2/bias", {32}},
      {"dense/weights", {10, 512}},      {"dense/bias", {10}}};
  for (const auto& [name, dims] : wanted) {
    const auto found = trained.tensors.find(name);
    if (found == trained.tensors.end() || found->second.dims != dims) {
      return Fail(Code::kInvalidArgument, "tensor '" + name + "' is missing or of another shape");
    }
  }
  for (const char* name : {"conv1", "conv2", "logits"}) {
    if (!trained.ranges.contains(name)) {
      return Fail(Code::kInvalidArgument, "range '" + std::string(name) + "' is missing");
    }
  }
  return {};
}

// Scales and zero points by TFLite's 8-bit quantisation specification: activations asymmetric over
// [-128, 127], weights symmetric over [-127, 127], biases int32 in units of input scale x weight
// scale.
Quantization ActivationQuantization(Range range) {
  const double low = std::min(range.low, 0.0);
  const double high = std::max(range.high, 0.0);
  const auto scale = static_cast<float>((high - low) / 255);
  return {{scale}, {std::clamp<int64_t>(std::llround(-128 - low / scale), -128, 127)}, 0};
}

double LargestOf(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

template <class Int>
std::vector<Int> Quantize(std::span<const double> values, const std::vector<float>& scales,
                          double limit) {
  const size_t slice = values.size() / scales.size();
  std::vector<Int> stored;
  for (size_t i = 0; i < values.size(); ++i) {
    const double scaled = std::nearbyint(values[i] / scales[i / slice]);
    stored.push_back(static_cast<Int>(std::clamp(scaled, -limit, limit)));
  }
  return stored;
}

Shape ShapeOf(const std::vector<int64_t>& dims) {
  Shape shape;
  for (const int64_t dim : dims) shape.Append(dim);
  return shape;
}

class Digits {
 public:
  Digits(const Trained& trained, bool int8) : trained_(trained), int8_(int8) {}

  std::vector<std::byte> Build() {
    b_.model().description = int8_ ? "handwritten digits, int8" : "handwritten digits, float32";
    const int image = b_.Input("image", ActivationType(), {1, 8, 8, 1}, Activation({0, 1}));
    const int conv1 = Convolution("conv1", image, {1, 8, 8, 16});
    const int pool = Op("MAX_POOL_2D", {conv1}, "pool", {1, 4, 4, 16}, Ranged("conv1"),
                        Options{{0, int8_t{1}}, {1, 2}, {2, 2}, {3, 2}, {4, 2}});
    b_.graph().nodes.back().version = int8_ ? 2 : 1;
    const int conv2 = Convolution("conv2", pool, {1, 4, 4, 32});
    const std::vector<int32_t> flat_shape = {1, 512};
    const int shape = b_.Constant("flat/shape", {2}, flat_shape);
    const int flat =
        Op("RESHAPE", {conv2, shape}, "flat", {1, 512}, Ranged("conv2"), Options{{0, flat_shape}});
    const int logits = Dense("dense", flat);
    const int output =
        Op("SOFTMAX", {logits}, "probabilities", {1, 10},
           int8_ ? Quantization{{1 / 256.f}, {-128}, 0} : Quantization{}, Options{{0, 1.f}});
    b_.graph().nodes.back().version = int8_ ? 2 : 1;
    b_.Output(output);
    b_.Signature("serving_default");
    return b_.Build();
  }

 private:
  Type ActivationType() const { return int8_ ? Type::kInt8 : Type::kFloat32; }
  Quantization Activation(Range range) const {
    return int8_ ? ActivationQuantization(range) : Quantization{};
  }
  Quantization Ranged(const std::string& name) const {
    return Activation(trained_.ranges.at(name));
  }

  int Op(std::string_view kind, std::vector<int> inputs, const std::string& name,
         const Shape& shape, Quantization quantization, Options options) {
    const int output = b_.Tensor(name, ActivationType(), shape, std::move(quantization));
    b_.Node(kind, std::move(inputs), {output}, std::move(options));
    return output;
  }

  // Adds NAME/weights and NAME/bias; `slices`: how many scales the weights have, along their first
  // axis.
  std::vector<int> Parameters(const std::string& name, int input, size_t slices) {
    const Weights& weights = trained_.tensors.at(name + "/weights");
    const Weights& bias = trained_.tensors.at(name + "/bias");
    if (!int8_) {
      const std::vector<float> floats(weights.values.begin(), weights.values.end());
      const std::vector<float> bias_floats(bias.values.begin(), bias.values.end());
      const int first = b_.Constant(name + "/weights", ShapeOf(weights.dims), floats);
      return {first, b_.Constant(name + "/bias", ShapeOf(bias.dims), bias_floats)};
    }
    const float input_scale = b_.graph().tensors[static_cast<size_t>(input)].quantization.scale[0];
    const size_t slice = weights.values.size() / slices;
    std::vector<float> scales;
    std::vector<float> bias_scales;
    for (size_t i = 0; i < slices; ++i) {
      const std::span<const double> all = weights.values;
      scales.push_back(static_cast<float>(LargestOf(all.subspan(i * slice, slice)) / 127));
      bias_scales.push_back(input_scale * scales.back());
    }
    const std::vector<int64_t> zeros(slices, 0);
    const int first =
        b_.Constant(name + "/weights", ShapeOf(weights.dims),
                    Quantize<int8_t>(weights.values, scales, 127), {scales, zeros, 0});
    return {first, b_.Constant(name + "/bias", ShapeOf(bias.dims),
                               Quantize<int32_t>(bias.values, bias_scales, INT32_MAX),
                               {bias_scales, zeros, 0})};
  }

  // 3 x 3, stride 1, padding SAME, then ReLU.
  int Convolution(const std::string& name, int input, const Shape& shape) {
    const auto slices = static_cast<size_t>(shape[3]);
    const std::vector<int> parameters = Parameters(name, input, slices);
    const int output = Op("CONV_2D", {input, parameters[0], parameters[1]}, name, shape,
                          Ranged(name), {{0, int8_t{0}}, {1, 1}, {2, 1}, {3, int8_t{1}}});
    b_.graph().nodes.back().version = int8_ ? 3 : 1;
    return output;
  }

  int Dense(const std::string& name, int input) {
    const std::vector<int> parameters = Parameters(name, input, 1);
    const int output = Op("FULLY_CONNECTED", {input, parameters[0], parameters[1]}, "logits",
                          {1, 10}, Ranged("logits"), {{0, int8_t{0}}});
    b_.graph().nodes.back().version = int8_ ? 4 : 1;
    return output;
  }

  const Trained& trained_;
  bool int8_;
  model::ModelBuilder b_;
};

Status WriteOrCheck(const std::string& path, const std::vector<std::byte>& bytes, bool check) {
  if (!check) {
    BRINK_TRY(WriteFile(path, bytes));
    std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
    return {};
  }
  BRINK_ASSIGN(const std::vector<std::byte> there, ReadFile(path, kMaxWeightsBytes));
  if (there == bytes) return {};
  return Fail(Code::kDataLoss, path + ": not what its weights.txt gives: run write_digits");
}

Status Run(const std::string& folder, bool check) {
  BRINK_ASSIGN(const Trained trained, ReadTrained(folder + "/weights.txt"));
  BRINK_TRY(CheckComplete(trained));
  BRINK_TRY(WriteOrCheck(folder + "/digits.tflite", Digits(trained, false).Build(), check));
  return WriteOrCheck(folder + "/digits_int8.tflite", Digits(trained, true).Build(), check);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool check = arguments.size() == 2 && arguments[1] == "--check";
  if (arguments.size() != 1 && !check) {
    std::fprintf(stderr, "usage: write_digits FOLDER [--check]\n");
    return 2;
  }
  const Status status = Run(arguments[0], check);
  if (!status) std::fprintf(stderr, "write_digits: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
