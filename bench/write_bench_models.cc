// Writes the models that the server benchmarks ask: they compute next to nothing, so that what is
// measured is the server. FOLDER/tiny.tflite adds two vectors of 4; FOLDER/pixels.tflite takes a
// picture of [1, 260, 260, 3] and answers its largest values, [1, 1, 1, 3].
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "brink/model/builder.h"

namespace {

using brink::Type;
using brink::model::ModelBuilder;
using brink::model::Options;

std::vector<std::byte> Tiny() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 4});
  const int zero = b.Constant("zero", {4}, std::vector<float>{0, 0, 0, 0});
  b.Output(b.Op("ADD", {x, zero}, {.name = "y", .shape = {1, 4}}, Options{}));
  return b.Build();
}

std::vector<std::byte> Pixels() {
  constexpr int kSide = 260;
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, kSide, kSide, 3});
  // Padding, strides, window, activation: the whole picture is one window.
  const Options whole = {{0, int8_t{0}}, {1, kSide}, {2, kSide},
                         {3, kSide},     {4, kSide}, {5, int8_t{0}}};
  b.Output(b.Op("MAX_POOL_2D", {x}, {.name = "y", .shape = {1, 1, 1, 3}}, whole));
  return b.Build();
}

bool Write(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = argv[1];
  const bool written =
      Write(folder + "/tiny.tflite", Tiny()) && Write(folder + "/pixels.tflite", Pixels());
  if (!written) std::fprintf(stderr, "cannot write to %s\n", argv[1]);
  return written ? 0 : 1;
}
