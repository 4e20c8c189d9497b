#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "brink/base/file.h"
#include "brink/base/sha256.h"
#include "brink/model/builder.h"
#include "brink/model/file_pages.h"
#include "brink/model/reader_testing.h"

namespace brink::model {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Change = std::function<void(ModelDef&)>;

// The error of the sample after `change`, or "" when it is read.
std::string ErrorOf(ModelBuilder sample, const Change& change) {
  change(sample.model());
  const auto model = ReadModel(sample.Build(), "m.tflite");
  return model ? "" : model.error().message;
}
std::string ConvolutionError(const Change& change) { return ErrorOf(ConvolutionSample(), change); }
std::string MixedError(const Change& change) { return ErrorOf(MixedSample(), change); }
std::string CompressedError(const Change& change) { return ErrorOf(CompressedSample(), change); }

// Tensors of the convolution sample.
enum ConvolutionTensor : uint8_t { kX, kW, kBias, kY, kZ };

TEST(ReadModel, ReadsTheSamples) {
  EXPECT_EQ(ConvolutionError([](ModelDef&) {}), "");
  EXPECT_EQ(MixedError([](ModelDef&) {}), "");
  EXPECT_EQ(CompressedError([](ModelDef&) {}), "");
}

TEST(ReadModel, NamesThePlaceOfAWrongTensorIndex) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[0].inputs[1] = 900; }),
            "m.tflite: operator 0 (CONV_2D): input 1: tensor index 900, the graph has 5");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[1].outputs[0] = -1; }),
            "m.tflite: operator 1 (RESHAPE): output 0: tensor index -1, the graph has 5");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].inputs[0] = 5; }),
            "m.tflite: graph input 0: tensor index 5, the graph has 5");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].outputs[0] = -7; }),
            "m.tflite: graph output 0: tensor index -7, the graph has 5");
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[1].nodes[0].inputs[0] = 2; }),
            "m.tflite: graph 1: operator 0 (STABLEHLO_COMPOSITE): input 0: tensor index 2, "
            "the graph has 2");
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[0].nodes[0].intermediates[1] = 77; }),
            "m.tflite: graph 0: operator 0 (CUSTOM:Custom): intermediate 1: tensor index 77, "
            "the graph has 5");
}

TEST(ReadModel, RefusesOperatorsThatCannotRunInTheirOrder) {
  EXPECT_EQ(
      ConvolutionError([](ModelDef& m) { std::swap(m.graphs[0].nodes[0], m.graphs[0].nodes[1]); }),
      "m.tflite: operator 0 (RESHAPE): input 0: tensor 3 'y' is made later, by operator 1 "
      "(CONV_2D)");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[0].inputs[0] = kZ; }),
            "m.tflite: operator 0 (CONV_2D): input 0: tensor 4 'z' is made later, by operator 1 "
            "(RESHAPE)")
      << "a cycle";
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[1].inputs[0] = kZ; }),
            "m.tflite: operator 1 (RESHAPE): input 0: tensor 4 'z' is its own output");
  EXPECT_EQ(
      ConvolutionError([](ModelDef& m) { m.graphs[0].nodes.erase(m.graphs[0].nodes.begin()); }),
      "m.tflite: operator 0 (RESHAPE): input 0: tensor 3 'y' is made by no operator");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes.pop_back(); }),
            "m.tflite: graph output 0: tensor 4 'z' is made by no operator");
}

TEST(ReadModel, RefusesATensorThatIsMadeTwiceOrCannotBeMade) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[1].outputs[0] = kY; }),
            "m.tflite: operator 1 (RESHAPE): makes tensor 3 'y', which operator 0 (CONV_2D) makes "
            "already");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[1].outputs[0] = kW; }),
            "m.tflite: operator 1 (RESHAPE): makes tensor 1 'w', which is a constant");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].inputs[0] = kY; }),
            "m.tflite: graph input 0: tensor 3 'y' is made by operator 0 (CONV_2D)");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].inputs[0] = kW; }),
            "m.tflite: graph input 0: tensor 1 'w' is a constant");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) {
              m.graphs[0].inputs = {kX, kX};
            }),
            "m.tflite: graph input 1: tensor 0 'x' is an input already");
}

TEST(ReadModel, AnUnmadeTensorOfNoElementsIsAConstant) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1});
  const int shape = b.Tensor("shape", Type::kInt32, {0});
  b.Output(b.Op("RESHAPE", {x, shape}, {.name = "y"}));
  const auto model = ReadModel(b.Build(), "m");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE((*model)->graphs[0].tensors[1].is_constant);
}

TEST(ReadModel, ChecksTheSizeOfConstants) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].tensors[kW].data.pop_back(); }),
            "m.tflite: tensor 1 'w': its data have 1 bytes, INT8 [2, 1, 1, 1] takes 2");
  EXPECT_THAT(ConvolutionError([](ModelDef& m) { m.graphs[0].tensors[kW].buffer = 77; }),
              StartsWith("m.tflite: tensor 1 'w': buffer 77, the file has "));
  EXPECT_EQ(CompressedError([](ModelDef& m) { m.graphs[0].tensors[4].data.pop_back(); }),
            "m.tflite: tensor 4 'blocks': its data have 3 bytes, INT4 [2, 4] takes 4");
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[0].tensors[1].type = Type::kResource; }),
            "m.tflite: graph 0: tensor 1 'names': a constant cannot be of type RESOURCE");
}

TEST(ReadModel, ChecksStringConstants) {
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[0].tensors[1].shape = {3}; }),
            "m.tflite: graph 0: tensor 1 'names': its 22 bytes hold 2 strings, shape [3] wants 3");
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[0].tensors[1].data[8] = std::byte{200}; }),
            "m.tflite: graph 0: tensor 1 'names': string 1 is at 200, expected 16 to 22");
  EXPECT_EQ(MixedError([](ModelDef& m) { m.graphs[0].tensors[1].data.resize(9); }),
            "m.tflite: graph 0: tensor 1 'names': its 9 bytes hold 2 strings, shape [2] wants 2");
}

TEST(ReadModel, ChecksShapesAndTypes) {
  const auto x = [](std::vector<int32_t> shape, std::vector<int32_t> free) {
    return ConvolutionError([&](ModelDef& m) {
      m.graphs[0].tensors[kX].shape = shape;
      m.graphs[0].tensors[kX].shape_signature = free;
    });
  };
  EXPECT_EQ(x({1, -1, 4, 1}, {}),
            "m.tflite: tensor 0 'x': shape [1, -1, 4, 1] has an unknown size, only "
            "shape_signature may");
  EXPECT_EQ(x({-2}, {}), "m.tflite: tensor 0 'x': shape has a dimension of -2");
  EXPECT_THAT(x({1 << 30, 1 << 30, 1 << 30}, {}), HasSubstr("has too many elements"));
  EXPECT_THAT(x(std::vector<int32_t>(9, 1), {}), HasSubstr("9 dimensions"));
  EXPECT_EQ(x({1, 4, 4, 1}, {-1, 4, 1}),
            "m.tflite: tensor 0 'x': shape_signature [-1, 4, 1] contradicts shape [1, 4, 4, 1]");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].tensors[kX].type = Type{19}; }),
            "m.tflite: tensor 0 'x': type 19 is not known, the last known is 18");
}

TEST(ReadModel, ChecksQuantisation) {
  const auto w = [](Quantization quantization) {
    return ConvolutionError(
        [&](ModelDef& m) { m.graphs[0].tensors[kW].quantization = quantization; });
  };
  const auto x = [](Quantization quantization) {
    return ConvolutionError(
        [&](ModelDef& m) { m.graphs[0].tensors[kX].quantization = quantization; });
  };
  EXPECT_EQ(w({{1, 2, 3}, {0, 0, 0}, 0}),
            "m.tflite: tensor 1 'w': quantisation: 3 scales along axis 0 of shape [2, 1, 1, 1]");
  EXPECT_EQ(w({{1, 2}, {0, 0}, 4}),
            "m.tflite: tensor 1 'w': quantisation: axis 4, the shape is [2, 1, 1, 1]");
  EXPECT_EQ(w({{1, 2}, {0, 0, 0}, 0}),
            "m.tflite: tensor 1 'w': quantisation: 2 scales, 3 zero points");
  EXPECT_EQ(
      x({{0}, {0}, 0}),
      "m.tflite: tensor 0 'x': quantisation: scale 0 is 0.000000, expected a positive number");
  EXPECT_THAT(x({{NAN}, {0}, 0}), HasSubstr("scale 0 is nan"));
  EXPECT_THAT(x({{-1}, {0}, 0}), HasSubstr("scale 0 is -1"));
  EXPECT_EQ(x({{1}, {128}, 0}),
            "m.tflite: tensor 0 'x': quantisation: zero point 0 is 128, outside of INT8");
}

TEST(ReadModel, ForgivesWhatRealFilesDoToQuantisation) {
  ModelBuilder sample = ConvolutionSample();
  std::vector<TensorDef>& tensors = sample.graph().tensors;
  tensors[kBias].quantization.axis = 3;       // its filter's axis
  tensors[kW].quantization.scale = {.5f, 0};  // a filter of zeros
  tensors[kX].quantization.zero_point = {};   // left out
  tensors[kY].quantization.axis = 9;          // of no meaning with one scale
  const auto model = ReadModel(sample.Build(), "m");
  ASSERT_TRUE(model) << model.error().message;
  const std::vector<TensorInfo>& read = (*model)->graphs[0].tensors;
  EXPECT_EQ(read[kBias].quantization.axis, 0);
  EXPECT_EQ(read[kX].quantization.Copy().zero_point, std::vector<int64_t>{0});
}

TEST(ReadModel, LeavesQuantisationWhereTheFileHasIt) {
  const auto model = ReadModel(ConvolutionSample().Build(), "m");
  ASSERT_TRUE(model) << model.error().message;
  const std::span<const std::byte> file = FileBytes(**model);
  const auto lies_in_file = [&](const auto& values) {
    const auto* const first = reinterpret_cast<const std::byte*>(values.data());
    return !values.empty() && first >= file.data() && first < file.data() + file.size();
  };
  for (const int tensor : {kX, kW, kY}) {
    const auto& read = (*model)->graphs[0].tensors[static_cast<size_t>(tensor)].quantization;
    EXPECT_TRUE(lies_in_file(read.scale)) << tensor;
    EXPECT_TRUE(lies_in_file(read.zero_point)) << tensor;
  }
  EXPECT_TRUE((*model)->made.empty());
}

TEST(ReadModel, ChecksSparseConstants) {
  const auto sparse = [](const std::function<void(TensorDef&)>& change) {
    return CompressedError([&](ModelDef& m) { change(m.graphs[0].tensors[1]); });
  };
  const std::string place = "m.tflite: tensor 1 'sparse': ";
  EXPECT_EQ(sparse([](TensorDef& t) { t.data.resize(8); }),
            place + "its data have 8 bytes, FLOAT32 [2, 4] takes 12 without its sparse zeros");
  EXPECT_EQ(sparse([](TensorDef& t) { t.data.clear(); }), place + "sparsity without data");
  EXPECT_EQ(sparse([](TensorDef& t) { t.sparsity->dimensions[1].indices[2] = 4; }),
            place + "sparsity: index 4 after 0 in a dimension of 4");
  EXPECT_EQ(sparse([](TensorDef& t) {
              t.sparsity->dimensions[1].segments = {0, 3};
            }),
            place + "sparsity: 2 segments for 2 slices and 3 indices do not fit");
  EXPECT_EQ(
      sparse([](TensorDef& t) {
        t.sparsity->traversal_order = {0, 0};
      }),
      place + "sparsity: its order names dimension 0, which does not exist or is named twice");
  EXPECT_EQ(sparse([](TensorDef& t) { t.sparsity->dimensions[0].dense_size = 3; }),
            place + "sparsity: dimension 0 has 3 places, the shape is [2, 4]");
  EXPECT_THAT(sparse([](TensorDef& t) { t.sparsity->block_map = {0}; }),
              HasSubstr("with its blocks wants 3"));
}

TEST(ReadModel, BlocksOfSparseConstantsMultiplyToTheShape) {
  ModelBuilder b;
  TensorDef sparse{.name = "s", .shape = {4, 4}, .data = BytesOf(std::vector<float>(8))};
  // Blocks of 2 x 2; the second and the first block column are kept, one in each block row.
  sparse.sparsity = Sparsity{
      {0, 1, 2, 3},
      {0, 1},
      {{false, 2, {}, {}}, {true, 0, {0, 1, 2}, {1, 0}}, {false, 2, {}, {}}, {false, 2, {}, {}}}};
  b.Output(b.Op("DENSIFY", {b.Add(sparse)}, {.name = "y", .shape = {4, 4}}));
  const auto model = ReadModel(b.Build(), "m");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->graphs[0].tensors[0].sparsity->dimensions[1].dense_size, 2);
}

TEST(ReadModel, ChecksBlockwiseQuantisation) {
  EXPECT_EQ(
      CompressedError([](ModelDef& m) { m.graphs[0].tensors[4].blockwise->scales = 99; }),
      "m.tflite: tensor 4 'blocks': blockwise quantisation: tensor index 99, the graph has 7");
}

TEST(ReadModel, ChecksOperators) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[0].options_kind = 5; }),
            "m.tflite: operator 0 (CONV_2D): options of kind 5, expected 1");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[0].code = kCustomCode; }),
            "m.tflite: operator 0: a custom operator without a name");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs[0].nodes[0].code = 5000; }), "")
      << "an unknown operator is refused where operators are known";
}

TEST(ReadModel, ChecksSignatures) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.signatures[0].graph = 3; }),
            "m.tflite: signature 'serving_default': graph 3, the file has 1");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.signatures[0].inputs[0].tensor = 50; }),
            "m.tflite: signature 'serving_default': input: 'x': tensor index 50, the graph has 5");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.signatures[0].inputs[0].tensor = kW; }),
            "m.tflite: signature 'serving_default': input: 'x': tensor 1 is not an input of the "
            "graph");
}

TEST(ReadModel, RefusesOtherSchemasAndEmptyModels) {
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.version = 2; }),
            "m.tflite: schema version 2, expected 3");
  EXPECT_EQ(ConvolutionError([](ModelDef& m) { m.graphs.clear(); }), "m.tflite: it has no graph");
  EXPECT_EQ(ReadModel(std::vector<std::byte>(), "m").error().message,
            "m: not a .tflite file: it is empty");
}

TEST(ReadModel, HostileNamesAreMadePrintable) {
  const std::string error = ConvolutionError([](ModelDef& m) {
    m.graphs[0].tensors[kX].name = "\x1b[31m\n" + std::string(1000, 'x');
    m.graphs[0].tensors[kX].shape = {-2};
  });
  EXPECT_EQ(error, "m.tflite: tensor 0 '?[31m?" + std::string(74, 'x') +
                       "...': shape has a dimension of -2");
}

TEST(ReadModel, EveryTruncationIsRefusedOrRead) {
  for (const std::vector<std::byte>& whole : SampleModels()) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const auto end = whole.begin() + static_cast<ptrdiff_t>(size);
      const auto model = ReadModel(std::vector<std::byte>(whole.begin(), end), "m");
      if (model) ModelWalk(**model).Walk();
    }
  }
}

TEST(ReadModel, MutationsAreRefusedOrKeepEveryPromise) {
  std::mt19937 random(1);
  int read = 0;
  int refused = 0;
  for (const std::vector<std::byte>& whole : SampleModels()) {
    for (int round = 0; round < 20000; ++round) {
      std::vector<std::byte> bytes = whole;
      const auto changes = 1 + random() % 4;
      for (unsigned i = 0; i < changes; ++i) {
        // Small values are often in range somewhere, where they do more harm than noise.
        const auto value = random() % 2 == 0 ? random() % 8 : random() % 256;
        bytes[8 + random() % (bytes.size() - 8)] = static_cast<std::byte>(value);
      }
      const auto model = ReadModel(std::move(bytes), "m");
      ++(model ? read : refused);
      if (model) ModelWalk(**model).Walk();
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(ReleaseFilePages, LeavesWhatIsRead) {
  const auto mapped = ReadModel("models/digits/digits.tflite").value();
  const auto held = ReadModel(ReadFile("models/digits/digits.tflite", 1 << 20).value(), "held");
  for (const auto& model : {mapped, held.value()}) {
    const auto constants = [&model = *model] {
      std::string digests;
      for (const TensorInfo& tensor : model.graphs[0].tensors) digests += Sha256Hex(tensor.data);
      return digests;
    };
    const std::string before = constants();
    ReleaseFilePages(*model);
    EXPECT_EQ(constants(), before);
    for (const TensorInfo& tensor : model->graphs[0].tensors) {
      ReleaseFilePages(*model, tensor.data);
    }
    EXPECT_EQ(constants(), before);
    // Of memory that is no file's nothing would come back.
    const std::vector<std::byte> elsewhere(100'000, std::byte{7});
    ReleaseFilePages(*model, elsewhere);
    EXPECT_EQ(elsewhere, std::vector<std::byte>(100'000, std::byte{7}));
  }
}

}  // namespace
}  // namespace brink::model
