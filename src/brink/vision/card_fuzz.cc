// Fuzzes cards and what they make of a model's outputs. The text up to the first NUL is a card; the
// bytes behind it are the shapes and numbers of the tensors that its decoder asks for.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "brink/vision/read_outputs.h"

namespace {

using brink::Shape;

class Rest {
 public:
  explicit Rest(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  int Byte() { return bytes_.empty() ? 0 : bytes_[next_++ % bytes_.size()]; }

  Shape NextShape() {
    std::vector<int64_t> dims(1 + static_cast<size_t>(Byte() % 4));
    int64_t elements = 1;
    for (int64_t& size : dims) {
      size = Byte();
      if (elements * size > 20'000) size = 1;
      elements *= size;
    }
    return Shape::Make(std::span<const int64_t>(dims)).value();
  }

  // Floats of every kind, infinite ones and none at all among them.
  std::vector<float> Floats(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) {
      const int byte = Byte();
      if (byte < 250) {
        value = static_cast<float>(byte - 125) / 50;
        continue;
      }
      const uint32_t bits = static_cast<uint32_t>(Byte()) << 24 | static_cast<uint32_t>(Byte())
                                                                      << 16;
      std::memcpy(&value, &bits, sizeof(value));
    }
    return values;
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t next_ = 0;
};

void Decode(const brink::vision::Card& card, Rest rest) {
  std::vector<Shape> shapes;
  std::vector<std::vector<float>> numbers;
  std::vector<brink::vision::TensorFloats> outputs;
  for (size_t i = brink::vision::WantedOutputs(card.decoder).size(); i > 0; --i) {
    shapes.push_back(rest.NextShape());
  }
  for (const Shape& shape : shapes) numbers.push_back(rest.Floats(shape.elements()));
  for (size_t i = 0; i < shapes.size(); ++i) {
    brink::vision::TensorFloats floats;
    floats.shape = shapes[i];
    floats.values = numbers[i];
    outputs.push_back(std::move(floats));
  }
  if (!brink::vision::CheckOutputs(card, shapes)) return;
  (void)brink::vision::ReadOutputs(card, {.width = 64, .height = 48, .channels = 3}, 1280, 720,
                                   outputs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(data, size);
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  const auto text = static_cast<size_t>(end - bytes.begin());
  const auto card = brink::vision::ParseCard({reinterpret_cast<const char*>(data), text}, "fuzz");
  if (card) Decode(*card, Rest(bytes.subspan(std::min(text + 1, size))));
  return 0;
}
