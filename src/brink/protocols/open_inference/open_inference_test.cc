#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/protocols/open_inference/datatype.h"
#include "brink/protocols/open_inference/infer.h"
#include "brink/protocols/open_inference/model_metadata.h"

namespace brink::protocols::open_inference {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Datatype, EachNameIsATypeAndBack) {
  for (const char* name : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32",
                           "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"}) {
    const auto type = TypeOfDatatype(name);
    ASSERT_TRUE(type.has_value()) << name;
    EXPECT_EQ(DatatypeName(*type), name);
  }
  EXPECT_FALSE(TypeOfDatatype("FP8").has_value());
  EXPECT_FALSE(TypeOfDatatype("").has_value());
  EXPECT_EQ(DatatypeName(Type::kComplex64), "");
}

TEST(Metadata, GivesTheTensorsWithTheirOpenDimensions) {
  const auto tensors =
      DecodeModelTensors(
          R"({"name":"m","inputs":[{"name":"x","datatype":"UINT8","shape":[-1,2,3]}],
              "outputs":[{"name":"y","datatype":"FP32","shape":[1,-1],"parameters":{}}]})")
          .value();
  ASSERT_EQ(tensors.inputs.size(), 1u);
  EXPECT_EQ(tensors.inputs[0].name, "x");
  EXPECT_EQ(tensors.inputs[0].type, Type::kUInt8);
  EXPECT_EQ(tensors.inputs[0].shape, (Shape{-1, 2, 3}));
  EXPECT_EQ(tensors.outputs.at(0).shape, (Shape{1, -1}));
  EXPECT_TRUE(DecodeModelTensors("{}").value().inputs.empty());
}

TEST(Metadata, WhatIsBrokenIsSaidByName) {
  const auto error = [](const std::string& input) {
    const auto tensors = DecodeModelTensors(R"({"inputs":[)" + input + "]}");
    EXPECT_EQ(tensors.error().code, Code::kDataLoss);
    return tensors.error().message;
  };
  EXPECT_THAT(error("7"), HasSubstr("input: expected 'name'"));
  EXPECT_THAT(error(R"({"name":"x","shape":[1]})"), HasSubstr("input 'x': expected 'datatype'"));
  EXPECT_THAT(error(R"({"name":"x","datatype":"FP8","shape":[1]})"),
              HasSubstr("input 'x': the datatype 'FP8' is not known"));
  EXPECT_THAT(error(R"({"name":"x","datatype":"FP32"})"), HasSubstr("input 'x': expected 'shape'"));
  for (const char* shape : {"[1.5]", "[-2]", "[1,1,1,1,1,1,1,1,1]", "[9000000000,9000000000]",
                            "[\"1\"]", "[18446744073709551615]", "{}"}) {
    EXPECT_THAT(error(R"({"name":"x","datatype":"FP32","shape":)" + std::string(shape) + "}"),
                HasSubstr("input 'x'"))
        << shape;
  }
  EXPECT_THAT(error("{\"name\":\"" + std::string(5000, 'n') + "\"}"), HasSubstr("too long"));
  for (const char* text : {"", "[]", "{", R"({"inputs":{}})", "\xff"}) {
    EXPECT_EQ(DecodeModelTensors(text).error().code, Code::kDataLoss) << text;
  }
}

TEST(Metadata, ARefusalIsToldInTheServersWordsButNotAtLength) {
  EXPECT_EQ(ReasonIn(R"({"error":"no such model"})"), "no such model");
  EXPECT_EQ(ReasonIn(R"({"error":7})"), "");
  EXPECT_EQ(ReasonIn("<html>"), "");
  EXPECT_LT(ReasonIn(R"({"error":")" + std::string(5000, 'x') + "\"}").size(), 200u);
}

// A tensor's elements.
template <class T>
std::span<const std::byte> Bytes(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

TEST(Request, BinaryTensorsLieBehindTheHead) {
  const std::vector<float> values = {1.5f, -2};
  const auto body = EncodeInfer({.name = "x\"", .type = Type::kFloat32, .shape = {1, 2}},
                                Bytes(values), std::vector<std::string>{"y"}, TensorForm::kBinary);
  const auto head = json::Parse(std::string_view(body.bytes).substr(0, body.head_bytes)).value();
  EXPECT_EQ(head, json::Parse(R"({"inputs":[{"name":"x\"","shape":[1,2],"datatype":"FP32",
      "parameters":{"binary_data_size":8}}],
      "outputs":[{"name":"y","parameters":{"binary_data":true}}]})")
                      .value());
  ASSERT_EQ(body.bytes.size(), body.head_bytes + 8);
  EXPECT_EQ(body.bytes.substr(body.head_bytes), std::string("\0\0\xC0\x3F\0\0\0\xC0", 8));
}

TEST(Request, WithoutTheExtensionTensorsAreLists) {
  const auto sent = [](Type type, std::span<const std::byte> elements) {
    const auto body = EncodeInfer({.name = "x", .type = type, .shape = {2}}, elements,
                                  std::vector<std::string>{"y"}, TensorForm::kJson);
    EXPECT_EQ(body.head_bytes, body.bytes.size());
    const auto head = json::Parse(body.bytes).value();
    EXPECT_EQ(*head.Find("outputs"), json::Parse(R"([{"name":"y"}])").value());
    return json::Write(*head.Find("inputs"));
  };
  EXPECT_THAT(sent(Type::kFloat32, Bytes<float>({.1f, 2})), HasSubstr(R"("data":[0.1,2)"));
  EXPECT_THAT(sent(Type::kInt8, Bytes<int8_t>({-128, 7})), HasSubstr(R"("data":[-128,7])"));
  EXPECT_THAT(sent(Type::kUInt8, Bytes<uint8_t>({0, 255})), HasSubstr(R"("data":[0,255])"));
}

const std::vector<api::TensorDescription> kWanted = {
    {.name = "y", .type = Type::kFloat32, .shape = {-1, 2}},
    {.name = "n", .type = Type::kInt32, .shape = {1}}};

constexpr std::string_view kBinaryHead =
    R"({"outputs":[{"name":"n","datatype":"INT32","shape":[1],"parameters":{"binary_data_size":4}},
        {"name":"other","datatype":"WHAT","parameters":{"binary_data_size":3}},
        {"name":"y","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]})";

std::string BinaryAnswer(size_t cut = 0) {
  const std::string tail("\x07\0\0\0abc\0\0\x80\x3F\0\0\0\x40", 15);
  return std::string(kBinaryHead) + tail.substr(0, tail.size() - cut);
}

TEST(Answer, BinaryOutputsComeInTheOrderThatIsWanted) {
  const auto tensors = DecodeInfer(BinaryAnswer(), kBinaryHead.size(), kWanted).value();
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_THAT(tensors[0].as<float>(), ElementsAre(1, 2));
  EXPECT_EQ(tensors[0].shape(), (Shape{1, 2}));
  EXPECT_THAT(tensors[1].as<int32_t>(), ElementsAre(7));
}

TEST(Answer, ListsMayBeFlatOrNested) {
  for (const char* data : {"[1,2.5]", "[[1,2.5]]"}) {
    const auto tensors =
        DecodeInfer(R"({"outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":)" +
                        std::string(data) + "}]}",
                    std::nullopt, std::span(kWanted).first(1));
    EXPECT_THAT(tensors.value()[0].as<float>(), ElementsAre(1, 2.5)) << data;
    EXPECT_EQ(tensors.value()[0].shape(), (Shape{1, 2}));
  }
}

TEST(Answer, ATruncatedOneIsRefusedWhereverItIsCut) {
  const std::string whole = BinaryAnswer();
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto tensors = DecodeInfer(whole.substr(0, size), kBinaryHead.size(), kWanted);
    ASSERT_FALSE(tensors.has_value()) << size;
    EXPECT_EQ(tensors.error().code, Code::kDataLoss);
  }
  EXPECT_THAT(DecodeInfer(BinaryAnswer(1), kBinaryHead.size(), kWanted).error().message,
              HasSubstr("output 'y': 'binary_data_size' is 8, the body has 7 bytes more"));
  EXPECT_THAT(DecodeInfer(BinaryAnswer() + "x", kBinaryHead.size(), kWanted).error().message,
              HasSubstr("1 bytes behind its outputs"));
  EXPECT_FALSE(DecodeInfer(BinaryAnswer(), std::nullopt, kWanted).has_value());
}

std::string ErrorOf(const std::string& output, std::string_view tail = "") {
  const std::string head = R"({"outputs":[)" + output + "]}";
  const auto tensors =
      DecodeInfer(head + std::string(tail), head.size(), std::span(kWanted).first(1));
  EXPECT_EQ(tensors.error().code, Code::kDataLoss);
  return tensors.error().message;
}

TEST(Answer, WhatIsBrokenIsSaidByName) {
  const auto output = [](const std::string& rest) {
    return R"({"name":"y","datatype":"FP32",)" + rest + "}";
  };
  EXPECT_THAT(ErrorOf(""), HasSubstr("output 'y' is missing"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("an output without a name"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[1,2])")), HasSubstr("output 'y': neither"));
  EXPECT_THAT(ErrorOf(R"({"name":"y","datatype":"FP16","shape":[1],"data":[1]})"),
              HasSubstr("output 'y': datatype FP16, expected FP32"));
  EXPECT_THAT(ErrorOf(R"({"name":"y","datatype":"Q4","shape":[1],"data":[1]})"),
              HasSubstr("the datatype 'Q4' is not known"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[1,3],"data":[1,2])")),
              HasSubstr("its shape [1, 3] takes 3 numbers, 'data' has 2"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[-1,2],"data":[1,2])")), HasSubstr("has a hole"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[2],"data":[1,"x"])")), HasSubstr("output 'y': 'data'"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[2],"data":[[1],[2,3]])")), HasSubstr("output 'y'"));
  EXPECT_THAT(ErrorOf(output(R"("shape":[2],"data":{"a":1})")), HasSubstr("output 'y': neither"));
  const std::string one = output(R"("shape":[1],"data":[1])");
  EXPECT_THAT(ErrorOf(one + "," + one), HasSubstr("output 'y' is there twice"));
}

TEST(Answer, SizesOfBytesAreHeldToTheShape) {
  const auto output = [](const std::string& shape, const std::string& size) {
    return R"({"name":"y","datatype":"FP32","shape":)" + shape +
           R"(,"parameters":{"binary_data_size":)" + size + "}}";
  };
  EXPECT_THAT(ErrorOf(output("[1,3]", "8"), "12345678"),
              HasSubstr("its shape [1, 3] takes 12 bytes, 8 came"));
  EXPECT_THAT(ErrorOf(output("[70368744177664]", "8"), "12345678"), HasSubstr("output 'y'"));
  EXPECT_THAT(ErrorOf(output("[0]", "8"), "12345678"), HasSubstr("takes 0 bytes, 8 came"));
  for (const char* size : {"-1", "\"8\"", "8.0", "99999999999999999999", "null"}) {
    EXPECT_THAT(ErrorOf(output("[1,2]", size), "12345678"), HasSubstr("output 'y'")) << size;
  }
  EXPECT_THAT(ErrorOf(output("[1,2]", "9223372036854775807"), "12345678"),
              HasSubstr("the body has 8 bytes more"));
}

TEST(Answer, ABoolIsNoOtherByteThanZeroAndOne) {
  const std::string head =
      R"({"outputs":[{"name":"b","datatype":"BOOL","shape":[3],"parameters":{"binary_data_size":3}}]})";
  const std::vector<api::TensorDescription> wanted = {{.name = "b", .type = Type::kBool}};
  const auto tensors = DecodeInfer(head + std::string("\0\1\xff", 3), head.size(), wanted).value();
  EXPECT_THAT(tensors[0].as<uint8_t>(), ElementsAre(0, 1, 1));
}

TEST(Answer, TheHeadsLengthIsANumber) {
  EXPECT_EQ(ParseHeadLength("0").value(), 0u);
  EXPECT_EQ(ParseHeadLength("173").value(), 173u);
  for (const char* text : {"", "-1", "1x", "0x10", " 1", "99999999999999999999999"}) {
    EXPECT_EQ(ParseHeadLength(text).error().code, Code::kDataLoss) << text;
  }
  EXPECT_THAT(DecodeInfer("{}", 3, {}).error().message, HasSubstr("its head has 3 bytes"));
}

}  // namespace
}  // namespace brink::protocols::open_inference
