#include "brink/model/builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

namespace brink::model {
namespace {

ModelBuilder SmallConvolution() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {-1, 8, 8, 1});
  const int w = b.Constant("w", {4, 3, 3, 1}, std::vector<float>(36, .5f));
  const int y = b.Op("CONV_2D", {x, w, kAbsent}, {.name = "y", .shape = {1, 8, 8, 4}},
                     Options{{0, int8_t{0}}, {1, 1}, {2, 2}});
  b.Output(y);
  b.Signature("serving_default");
  return b;
}

TEST(ModelBuilder, WhatIsBuiltIsRead) {
  const auto model = ReadModel(SmallConvolution().Build(), "test");
  ASSERT_TRUE(model) << model.error().message;
  const Graph& graph = (*model)->graphs.at(0);
  EXPECT_EQ(graph.name, "main");
  EXPECT_EQ(graph.inputs, std::vector<int>{0});
  EXPECT_EQ(graph.outputs, std::vector<int>{2});
  EXPECT_EQ(graph.tensors[0].shape, (Shape{1, 8, 8, 1}));
  EXPECT_EQ(graph.tensors[0].shape_signature(), (Shape{-1, 8, 8, 1}));
  EXPECT_TRUE(graph.tensors[1].is_constant);
  EXPECT_EQ(graph.tensors[1].data.size(), 36 * sizeof(float));
  // As far as the memory that the file was read into is aligned.
  constexpr size_t kAlignment = std::min<size_t>(16, alignof(std::max_align_t));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(graph.tensors[1].data.data()) % kAlignment, 0u);
  const Node& node = graph.nodes.at(0);
  EXPECT_EQ(NodeName(node), "CONV_2D");
  EXPECT_EQ(node.inputs, (std::vector<int>{0, 1, kAbsent}));
  EXPECT_EQ(node.options.Int32(1), 1);
  EXPECT_EQ(node.options.Int32(2), 2);
  const Signature& signature = (*model)->signatures.at(0);
  EXPECT_EQ(signature.key, "serving_default");
  EXPECT_EQ(signature.inputs.at(0).name, "x");
  EXPECT_EQ(signature.outputs.at(0).tensor, 2);
}

TEST(ModelBuilder, TheSameDefinitionGivesTheSameBytes) {
  EXPECT_EQ(SmallConvolution().Build(), SmallConvolution().Build());
}

TEST(ModelBuilder, ConstantsMayLieBehindTheFlatbuffer) {
  ModelBuilder b = SmallConvolution();
  b.Metadata("note", BytesOf(std::vector<char>{'h', 'i'}));
  b.model().data_behind = true;
  const std::vector<std::byte> bytes = b.Build();
  const auto model = ReadModel(bytes, "test");
  ASSERT_TRUE(model) << model.error().message;
  const std::span<const std::byte> data = (*model)->graphs[0].tensors[1].data;
  ASSERT_EQ(data.size(), 36 * sizeof(float));
  EXPECT_EQ(reinterpret_cast<const float*>(data.data())[35], .5f);
  EXPECT_EQ((*model)->metadata.at(0).data[1], std::byte{'i'});
}

TEST(ModelBuilder, EveryKindOfOptionIsReadBack) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1});
  const Options options = {{0, true},
                           {1, int8_t{-3}},
                           {2, -70000},
                           {3, int64_t{1} << 40},
                           {4, .25f},
                           {5, "name"},
                           {6, std::vector<std::byte>{std::byte{7}}},
                           {8, std::vector<int32_t>{1, -2}},
                           {9, std::vector<int64_t>{int64_t{1} << 40}},
                           {10, std::vector<float>{.5f}}};
  b.Output(b.Op("ADD", {x, x}, {.name = "y", .shape = {1}}, options));
  const auto model = ReadModel(b.Build(), "test").value();
  const OptionsReader& read = model->graphs[0].nodes[0].options;
  EXPECT_TRUE(read.present());
  EXPECT_TRUE(read.Bool(0));
  EXPECT_EQ(read.Int8(1), -3);
  EXPECT_EQ(read.Int32(2), -70000);
  EXPECT_EQ(read.Int64(3), int64_t{1} << 40);
  EXPECT_EQ(read.Float(4), .25f);
  EXPECT_EQ(read.String(5), "name");
  EXPECT_EQ(read.Bytes(6).size(), 1u);
  EXPECT_EQ(read.Int32(7, 42), 42) << "absent";
  EXPECT_EQ(read.Int32s(8), (std::vector<int32_t>{1, -2}));
  EXPECT_EQ(read.Int64s(9), std::vector<int64_t>{int64_t{1} << 40});
  EXPECT_EQ(read.Floats(10), std::vector<float>{.5f});
  EXPECT_EQ(read.Int32(11, 42), 42) << "beyond the vtable";
  EXPECT_EQ(read.Int32(-1, 42), 42);
}

TEST(ModelBuilder, SeveralGraphsStringsVariablesAndCustomsAreRead) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kInt8, {1, 4}, {{.5f}, {-128}, 0});
  const int names = b.Strings("names", {2}, {"one", ""});
  const int state = b.Variable("state", Type::kFloat32, {3});
  const int y = b.Tensor("y", Type::kInt8, {1, 4});
  b.Node("MyOperator", {x, names, state}, {y}).custom_options = {std::byte{1}, std::byte{2}};
  b.Output(y);
  EXPECT_EQ(b.AddGraph("body"), 1);
  b.Output(b.Input("z", Type::kBool, {}));
  const auto model = ReadModel(b.Build(), "test");
  ASSERT_TRUE(model) << model.error().message;
  const Graph& graph = (*model)->graphs.at(0);
  EXPECT_EQ(graph.tensors[0].quantization.Copy(), (Quantization{{.5f}, {-128}, 0}));
  EXPECT_TRUE(graph.tensors[2].is_variable);
  EXPECT_EQ(NodeName(graph.nodes[0]), "CUSTOM:MyOperator");
  EXPECT_EQ(graph.nodes[0].custom_options.size(), 2u);
  EXPECT_EQ((*model)->graphs.at(1).outputs, (*model)->graphs.at(1).inputs);
}

TEST(ModelBuilder, OperatorsWithTheSecondKindOfOptionsHaveThem) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1});
  b.Output(b.Op("STABLEHLO_COMPOSITE", {x}, {.name = "y", .shape = {1}}, Options{{0, "norm"}}));
  const auto model = ReadModel(b.Build(), "test").value();
  EXPECT_EQ(model->graphs[0].nodes[0].code, 206);
  EXPECT_EQ(model->graphs[0].nodes[0].options.String(0), "norm");
}

}  // namespace
}  // namespace brink::model
