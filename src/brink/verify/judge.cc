#include "brink/verify/judge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

namespace brink::verify {
namespace {

template <class T>
void Append(const ConstTensorView& view, std::vector<double>& values) {
  for (const T value : view.as<T>()) values.push_back(static_cast<double>(value));
}

std::vector<double> Numbers(const ConstTensorView& view) {
  std::vector<double> values;
  switch (view.type) {
    case Type::kFloat32:
    case Type::kComplex64:
      Append<float>(view, values);
      break;
    case Type::kInt8:
      Append<int8_t>(view, values);
      break;
    case Type::kUInt8:
    case Type::kBool:
      Append<uint8_t>(view, values);
      break;
    case Type::kInt16:
      Append<int16_t>(view, values);
      break;
    case Type::kInt32:
      Append<int32_t>(view, values);
      break;
    case Type::kUInt32:
      Append<uint32_t>(view, values);
      break;
    case Type::kInt64:
      Append<int64_t>(view, values);
      break;
    case Type::kUInt16:
      Append<uint16_t>(view, values);
      break;
    case Type::kUInt64:
      Append<uint64_t>(view, values);
      break;
    case Type::kFloat64:
      Append<double>(view, values);
      break;
    default:
      break;
  }
  return values;
}

struct Difference {
  double rmse = 0;
  double largest = 0;
};

Difference Compare(const std::vector<double>& a, const std::vector<double>& b) {
  Difference difference;
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    double error = std::abs(a[i] - b[i]);
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    squares += error * error;
    difference.largest = std::max(difference.largest, error);
  }
  difference.rmse = a.empty() ? 0 : std::sqrt(squares / static_cast<double>(a.size()));
  return difference;
}

struct Spread {
  double deviation = 0;
  double range = 0;
  double largest = 0;  // magnitude
};

Spread Describe(const std::vector<double>& values) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    squares += value * value;
    ++count;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (count == 0) return {};
  const double mean = sum / count;
  return {.deviation = std::sqrt(std::max(0.0, squares / count - mean * mean)),
          .range = high - low,
          .largest = std::max(std::abs(low), std::abs(high))};
}

std::string Over(const char* what, double found, double allowed) {
  if (found <= allowed) return "";
  std::ostringstream text;
  text << what << " " << found << ", allowed " << allowed;
  return text.str();
}

struct Output {
  std::vector<double> values;
  std::vector<std::vector<double>> recordings;
};

std::string JudgeFloats(const Output& output) {
  std::string best;
  for (const auto& recording : output.recordings) {
    const Difference difference = Compare(output.values, recording);
    const Spread spread = Describe(recording);
    const double least = 1e-6 * spread.largest + 1e-6;
    std::string found = Over("RMSE", difference.rmse, std::max(1e-3 * spread.deviation, least));
    if (found.empty())
      found = Over("largest error", difference.largest, std::max(1e-4 * spread.range, least));
    if (found.empty()) return "";
    if (best.empty()) best = found;
  }
  return best;
}

std::string JudgeQuantised(const Output& output, bool single_operator, double step) {
  double nearest = std::numeric_limits<double>::infinity();
  double nearest_largest = nearest;
  double allowed = step;
  for (const auto& recording : output.recordings) {
    const Difference difference = Compare(output.values, recording);
    nearest = std::min(nearest, difference.rmse);
    nearest_largest = std::min(nearest_largest, difference.largest);
    for (const auto& other : output.recordings)
      allowed = std::max(allowed, Compare(recording, other).rmse);
  }
  if (single_operator && step > 0) return Over("largest error", nearest_largest, step);
  return Over("RMSE", nearest, allowed);
}

std::string JudgeExact(const Output& output) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const auto& recording : output.recordings)
    nearest = std::min(nearest, Compare(output.values, recording).largest);
  return Over("largest error", nearest, 0);
}

Verdict Nearest(const Output& output) {
  Verdict nearest{.rmse = std::numeric_limits<double>::infinity(),
                  .largest_error = std::numeric_limits<double>::infinity(),
                  .wrong = {}};
  for (const auto& recording : output.recordings) {
    const Difference difference = Compare(output.values, recording);
    nearest.rmse = std::min(nearest.rmse, difference.rmse);
    nearest.largest_error = std::min(nearest.largest_error, difference.largest);
  }
  return nearest;
}

std::string JudgeStrings(const ConstTensorView& view, const std::vector<Tensor>& recordings) {
  for (const Tensor& recording : recordings) {
    if (recording.shape() == view.shape &&
        std::ranges::equal(recording.strings(), view.as<std::string>()))
      return "";
  }
  return "strings differ from every recording";
}

}  // namespace

Verdict Judge(const Rules& rules, const ConstTensorView& view,
              const std::vector<Tensor>& recordings) {
  if (view.type == Type::kString) return {.wrong = JudgeStrings(view, recordings)};
  Output output{.values = Numbers(view), .recordings = {}};
  for (const Tensor& recording : recordings) {
    if (recording.type() != view.type || !(recording.shape() == view.shape)) {
      return {.wrong = std::string(TypeName(view.type)) + " " + view.shape.ToString() +
                       ", recorded " + std::string(TypeName(recording.type())) + " " +
                       recording.shape().ToString()};
    }
    output.recordings.push_back(Numbers(recording.view()));
  }
  Verdict verdict = Nearest(output);
  if (view.type == Type::kFloat32 || view.type == Type::kComplex64) {
    verdict.wrong = rules.quantised ? JudgeQuantised(output, false, 1e-6) : JudgeFloats(output);
  } else {
    verdict.wrong =
        rules.has_scale ? JudgeQuantised(output, rules.single_operator, 1) : JudgeExact(output);
  }
  return verdict;
}

}  // namespace brink::verify
