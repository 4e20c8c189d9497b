// A .tflite file after verification: plain structs whose every index is in range, every buffer the
// size its type and shape say, every subgraph in an order that can run. What follows (ops/,
// engine/) trusts it and checks nothing of this again. Immutable and shared; the file's bytes stay
// alive as long as it does (constants are views into them).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/known_files.h"
#include "brink/base/result.h"
#include "brink/model/options.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/type.h"

namespace brink::model {

inline constexpr int kAbsent = -1;  // an optional input that a node leaves out

// TFLite's SparsityParameters (schema.fbs), for constants only.
struct Sparsity {
  struct Dimension {
    bool sparse = false;
    int32_t dense_size = 0;  // of a sparse dimension too
    std::vector<int32_t> segments;
    std::vector<int32_t> indices;
  };
  std::vector<int32_t> traversal_order;
  std::vector<int32_t> block_map;
  std::vector<Dimension> dimensions;
};

// Scales of blocks of a constant, kept in tensors of their own (TFLite's BlockwiseQuantization).
struct Blockwise {
  int scales = kAbsent;       // tensor index
  int zero_points = kAbsent;  // tensor index or kAbsent
  int32_t block_size = 0;
  std::vector<int32_t> block_shape;
};

struct TensorInfo {
  std::string_view name;  // in the file: many are long
  Type type = Type::kFloat32;
  Shape shape;            // as stored: no -1
  uint8_t free_dims = 0;  // bit i is set where the file's shape_signature leaves dimension i free
  QuantizationView quantization;               // in the file, or in Model::made
  std::shared_ptr<const Blockwise> blockwise;  // few tensors have it
  std::shared_ptr<Sparsity> sparsity;          // the same
  bool is_variable = false;
  bool is_constant = false;
  // A constant's bytes, little-endian; may be unaligned in the file. A kString constant: int32
  // count, count + 1 int32 offsets from the start, then the text. With `sparsity`: the kept values
  // only.
  std::span<const std::byte> data;

  // `shape` with -1 where a dimension is free.
  Shape shape_signature() const;
};

struct Node {
  int32_t code = 0;         // BuiltinOperator of schema.fbs; kCustomCode for customs
  std::string custom_name;  // set for customs only
  int version = 1;
  std::vector<int> inputs;  // tensor indices or kAbsent
  std::vector<int> outputs;
  std::vector<int> intermediates;
  OptionsReader options;  // builtin_options, or builtin_options_2 for the operators that have that
  std::span<const std::byte> custom_options;  // opaque bytes of a custom (often a flexbuffer)
};
inline constexpr int32_t kCustomCode = 32;

// "CONV_2D", "CUSTOM:TFLite_Detection_PostProcess", or "BUILTIN_211" for a code this version does
// not know.
std::string OperatorName(int32_t code, std::string_view custom_name);
std::string NodeName(const Node& node);
// The code of a builtin by its name: 3 for "CONV_2D".
std::optional<int32_t> OperatorCode(std::string_view name);

struct Graph {  // TFLite's SubGraph
  std::string name;
  std::vector<TensorInfo> tensors;
  std::vector<int> inputs;
  std::vector<int> outputs;
  std::vector<Node> nodes;  // in an order in which every input is ready
};

struct Signature {
  struct Binding {
    std::string name;
    int tensor = 0;
  };
  std::string key;
  int graph = 0;
  std::vector<Binding> inputs;
  std::vector<Binding> outputs;
};

struct Metadata {
  std::string name;
  std::span<const std::byte> data;
};

struct Model {
  std::string description;
  uint32_t version = 3;
  std::vector<Graph> graphs;  // at least one; [0] is the main graph
  std::vector<Signature> signatures;
  std::vector<Metadata> metadata;
  std::shared_ptr<const void> bytes;              // keeps the file's bytes alive
  std::vector<std::shared_ptr<const void>> made;  // what tensors view that the file has no such of
};

// Reads `path` (mapped read-only, so that processes share pages). Errors name the file and the
// place in it: "face.tflite: operator 12 (CONV_2D): input 1: tensor index 900, the graph has 118".
// Where `known` remembers the file (Sha256Of of file_pages.h tells it), the parts of it that hold
// constants are not touched: half the time that this takes, of a large file nearly all.
Result<std::shared_ptr<const Model>> ReadModel(const std::string& path,
                                               const KnownFiles& known = KnownFiles());
// The same from memory; `name` stands for the path in errors. The bytes are kept.
Result<std::shared_ptr<const Model>> ReadModel(std::vector<std::byte> bytes,
                                               const std::string& name);

}  // namespace brink::model
