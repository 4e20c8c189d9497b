// Writes models of one operator each into a folder, all of one type: what those of the same form
// of inputs have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "one_operator.h"

namespace bench {

inline constexpr auto kSame = int8_t{0};
inline constexpr auto kNoActivation = int8_t{0};

class OperatorWriter {
 public:
  OperatorWriter(std::string folder, Kind kind) : folder_(std::move(folder)), kind_(kind) {}

  Kind kind() const { return kind_; }
  // Whether all were written.
  bool good() const { return good_; }

  // Of two inputs; or, where the second is smaller, maybe stretched, of it too.
  void Pair(const std::string& name, const char* op, const Dims& a, const Dims& b) {
    OneOperator one(kind_);
    const int left = one.Input(a, "a");
    const int right = b.size() < a.size() ? one.Constant(b, InputScale()) : one.Input(b, "b");
    one.Make(op, {left, right}, one.Result(a), Options{{0, kNoActivation}});
    Write(name, one);
  }
  void Map(const std::string& name, const char* op, const Dims& shape,
           std::optional<Options> options = std::nullopt, const Quantization& scale = OutputScale(),
           const Dims& out = {}) {
    OneOperator one(kind_);
    const int x = one.Input(shape);
    one.Make(op, {x}, one.Result(out.empty() ? shape : out, scale), std::move(options));
    Write(name, one);
  }
  void Reduce(const std::string& name, const char* op, const Dims& in, const Dims& axes,
              const Dims& out, const Quantization& scale = OutputScale()) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int along = one.Integers("axes", {static_cast<int32_t>(axes.size())}, axes);
    one.Make(op, {x, along}, one.Result(out, scale), Options{{0, true}});
    Write(name, one);
  }
  void Pool(const std::string& name, const char* op, const Dims& in, int32_t side, int32_t stride,
            const Dims& out) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    one.Make(
        op, {x}, one.Result(out, InputScale()),
        Options{{0, kSame}, {1, stride}, {2, stride}, {3, side}, {4, side}, {5, kNoActivation}});
    Write(name, one);
  }
  // With a constant of integers that says where to.
  void Move(const std::string& name, const char* op, const Dims& in, const Dims& shape,
            const Dims& values, const Dims& out, std::optional<Options> options = std::nullopt) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int where = one.Integers("where", shape, values);
    one.Make(op, {x, where}, one.Result(out, InputScale()), std::move(options));
    Write(name, one);
  }

  void Power(const std::string& name, const Dims& shape, float exponent) {
    OneOperator one(kind_);
    const int x = one.Input(shape);
    const int to = one.builder().Constant("exponent", ShapeOf({}), std::vector<float>{exponent});
    one.Make("POW", {x, to}, one.Result(shape));
    Write(name, one);
  }
  void Prelu(const std::string& name, const Dims& shape, const Dims& slopes) {
    OneOperator one(kind_);
    const int x = one.Input(shape);
    const int alpha = one.Constant(slopes, InputScale());
    one.Make("PRELU", {x, alpha}, one.Result(shape));
    Write(name, one);
  }
  void Select(const std::string& name, const Dims& shape) {
    OneOperator one(kind_);
    const int which = one.builder().Input("which", Type::kBool, ShapeOf(shape));
    const int a = one.Input(shape, "a");
    const int b = one.Input(shape, "b");
    one.Make("SELECT_V2", {which, a, b}, one.Result(shape, InputScale()));
    Write(name, one);
  }
  // To int8, or from it.
  void Cast() {
    const Dims shape = {1, 224, 224, 3};
    OneOperator one(kind_);
    const int x = one.Input(shape);
    const bool bytes = kind_ == Kind::kInt8;
    one.Make(bytes ? "DEQUANTIZE" : "QUANTIZE", {x},
             {.name = "y",
              .type = bytes ? Type::kFloat32 : Type::kInt8,
              .shape = shape,
              .quantization = bytes ? Quantization{} : InputScale()});
    Write(bytes ? "dequantize" : "quantize", one);
  }
  // Of two inputs of a shape.
  void Join(const std::string& name, const char* op, int32_t axis, const Dims& in,
            const Dims& out) {
    OneOperator one(kind_);
    const int a = one.Input(in, "a");
    const int b = one.Input(in, "b");
    const bool packs = std::string_view(op) == "PACK";
    one.Make(op, {a, b}, one.Result(out, InputScale()),
             packs ? Options{{0, 2}, {1, axis}} : Options{{0, axis}, {1, kNoActivation}});
    Write(name, one);
  }
  void Split(const std::string& name, const Dims& in, int32_t axis, int32_t parts) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int along = one.Integers("axis", {}, {axis});
    Dims part = in;
    part[static_cast<size_t>(axis)] /= parts;
    std::vector<int> outputs;
    for (int32_t i = 0; i < parts; ++i) {
      outputs.push_back(one.builder().Add(one.Result(part, InputScale(), "y" + std::to_string(i))));
    }
    one.builder().Node("SPLIT", {along, x}, outputs, Options{{0, parts}});
    for (const int output : outputs) one.builder().Output(output);
    Write(name, one);
  }
  void Slice(const std::string& name, const Dims& in, const Dims& begin, const Dims& size) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int from = one.Integers("begin", {4}, begin);
    const int count = one.Integers("size", {4}, size);
    one.Make("SLICE", {x, from, count}, one.Result(size, InputScale()));
    Write(name, one);
  }
  // Of every `step`th row and column.
  void Strided(const std::string& name, const Dims& in, const Dims& begin, const Dims& end,
               int32_t step) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int from = one.Integers("begin", {4}, begin);
    const int until = one.Integers("end", {4}, end);
    const int by = one.Integers("strides", {4}, {1, step, step, 1});
    Dims out = in;
    for (size_t i = 0; i < out.size(); ++i) out[i] = end[i] - begin[i];
    for (const size_t i : {1, 2}) out[i] = (out[i] + step - 1) / step;
    one.Make("STRIDED_SLICE", {x, from, until, by}, one.Result(out, InputScale()),
             Options{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}});
    Write(name, one);
  }
  void Gather(const std::string& name, const Dims& in, int32_t count, int32_t axis,
              const Dims& out) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    Dims which;
    for (int32_t i = 0; i < count; ++i) which.push_back(i * 7 % in[static_cast<size_t>(axis)]);
    const int indices = one.Integers("indices", {count}, which);
    one.Make("GATHER", {x, indices}, one.Result(out, InputScale()), Options{{0, axis}});
    Write(name, one);
  }
  // Blocks of 2x2 without a border.
  void ToBatch(const std::string& name, const char* op, const char* border, const Dims& in,
               const Dims& out) {
    OneOperator one(kind_);
    const int x = one.Input(in);
    const int block = one.Integers("block", {2}, {2, 2});
    const int none = one.Integers(border, {2, 2}, {0, 0, 0, 0});
    one.Make(op, {x, block, none}, one.Result(out, InputScale()));
    Write(name, one);
  }

  void Write(const std::string& name, OneOperator& one) {
    const std::vector<std::byte> bytes = one.builder().Build();
    std::ofstream file(folder_ + "/" + Prefix() + name + ".tflite", std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    good_ = good_ && file.good();
  }

 private:
  const char* Prefix() const {
    return kind_ == Kind::kFloat ? "f32_" : kind_ == Kind::kInt8 ? "i8_" : "hybrid_";
  }

  std::string folder_;
  Kind kind_;
  bool good_ = true;
};

}  // namespace bench
