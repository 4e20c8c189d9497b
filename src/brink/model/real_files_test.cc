// Real .tflite files: every one of the shared collection is read, every malformed one is refused or
// survived.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "brink/model/file_pages.h"
#include "brink/model/graph.h"
#include "brink/model/metadata.h"

namespace brink::model {
namespace {

using ::testing::HasSubstr;

std::filesystem::path Shared() {
  const char* path = std::getenv("BRINK_SHARED");
  return path == nullptr ? "../shared" : path;
}

class RealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(Shared() / "models")) {
      GTEST_SKIP() << "no " << Shared() / "models"
                   << ": real models are not here";
    }
  }
  static Result<std::shared_ptr<const Model>> Read(const std::string& name) {
    return ReadModel((Shared() / name).string());
  }
};

TEST_F(RealFiles, EveryModelOfTheCollectionIsRead) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Shared() / "models")) {
    const auto model = ReadModel(entry.path().string());
    EXPECT_TRUE(model) << model.error().message;
    ++count;
  }
  EXPECT_EQ(count, 99);
}

TEST_F(RealFiles, TheMaskModelHasItsKnownParts) {
  const auto model = Read("models/face_mask_detection.tflite").value();
  EXPECT_EQ(Sha256Of(*model), "d2347acf155858681619bc009368f730288aa0447d2c97209be4a26d9be4e928");
  EXPECT_EQ(model->description, "TOCO Converted.");
  ASSERT_EQ(model->graphs.size(), 1u);
  const Graph& graph = model->graphs[0];
  EXPECT_EQ(graph.nodes.size(), 51u);
  EXPECT_EQ(graph.tensors[static_cast<size_t>(graph.inputs[0])].shape, (Shape{1, 260, 260, 3}));
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes) ++counts[NodeName(node)];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"CONV_2D", 28},
                                                {"RESHAPE", 10},
                                                {"MAX_POOL_2D", 6},
                                                {"LOGISTIC", 5},
                                                {"CONCATENATION", 2}}));
  const Node& conv = graph.nodes[0];
  ASSERT_EQ(NodeName(conv), "CONV_2D");
  EXPECT_EQ(conv.options.Int8(0), 0) << "padding SAME";
  EXPECT_EQ(conv.options.Int32(1), 1) << "stride_w";
  EXPECT_EQ(conv.options.Int8(3), 1) << "fused RELU";
}

TEST_F(RealFiles, ConstantsBehindTheFlatbufferAreFound) {
  const auto model = Read("models/lrt_simple_group_norm_op.tflite").value();
  int constants = 0;
  for (const TensorInfo& tensor : model->graphs[1].tensors) constants += tensor.is_constant;
  EXPECT_GT(constants, 0);
}

TEST_F(RealFiles, SparseAndBlockwiseConstantsKeepTheirDescription) {
  const auto sparse = Read("models/mp_face_detection_full_range_sparse.tflite").value();
  int sparse_tensors = 0;
  for (const TensorInfo& tensor : sparse->graphs[0].tensors) {
    sparse_tensors += tensor.sparsity != nullptr;
  }
  EXPECT_EQ(sparse_tensors, 46);
  const auto blockwise = Read("models/lrt_qwen_fc_blockwise_quantized.tflite").value();
  const auto& details = blockwise->graphs[0].tensors[1].blockwise;
  ASSERT_TRUE(details);
  EXPECT_EQ(details->block_size, 32);
}

TEST_F(RealFiles, MetadataAndTheFilesBehindTheModelAreRead) {
  const auto model = Read("models/mobilenet_v1_025_128_u8.tflite").value();
  const auto metadata = ReadModelMetadata(*model).value().value();
  EXPECT_EQ(metadata.name, "ImageClassifier");
  EXPECT_EQ(metadata.inputs.at(0).content.colour, Content::Colour::kRgb);
  EXPECT_EQ(metadata.inputs[0].normalisation->mean, std::vector<float>{127.5f});
  const AssociatedFile* labels = metadata.outputs.at(0).FileOf(FileType::kTensorAxisLabels);
  ASSERT_NE(labels, nullptr);
  const auto text = ReadAssociatedFile(*model, labels->name, 1 << 20);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_TRUE(text->starts_with("background\ntench, Tinca tinca\n"));
}

TEST_F(RealFiles, EveryMetadataOfTheCollectionIsRead) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Shared() / "models")) {
    const auto metadata = ReadModelMetadata(*ReadModel(entry.path().string()).value());
    ASSERT_TRUE(metadata) << entry.path() << metadata.error().message;
    if (!*metadata) continue;
    ++count;
    for (const TensorMetadata& output : (*metadata)->outputs) {
      for (const AssociatedFile& file : output.files) {
        const auto model = ReadModel(entry.path().string()).value();
        EXPECT_TRUE(ReadAssociatedFile(*model, file.name, 1 << 20)) << entry.path();
      }
    }
  }
  EXPECT_EQ(count, 8);
}

TEST_F(RealFiles, MalformedFilesAreRefusedByName) {
  const std::map<std::string, std::string> wanted = {
      {"armzoo_lfs_pointer", "not a .tflite file but a Git LFS pointer to one"},
      {"flutter_bad_model", "not a .tflite file: bytes 4 to 7 are 'n't ', expected 'TFL3'"},
      {"truncated_face_mask", "truncated or corrupt"},
      {"lrt_blockwise_quantized",
       "operator 0 (ADD): input 1: tensor 2 'quantized_tensor' is made by no operator"},
  };
  for (const auto& [name, message] : wanted) {
    const std::string path = "malformed/" + name + ".tflite";
    const auto model = Read(path);
    ASSERT_FALSE(model) << name;
    EXPECT_THAT(model.error().message, HasSubstr((Shared() / path).string() + ": " + message));
  }
}

TEST_F(RealFiles, FilesWhoseFaultLiesElsewhereAreRead) {
  // A custom operator that nobody has, a bias with its filter's axis, names and values scrambled, a
  // graph that another tool's pass reorders wrongly: as graphs they are sound.
  for (const char* name : {"coral_model_invoking_error", "tflm_person_detect_i8",
                           "tflm_keyword_scrambled_8bit", "litert_topo_sort_fork_violation"}) {
    const auto model = Read("malformed/" + std::string(name) + ".tflite");
    EXPECT_TRUE(model) << model.error().message;
  }
}

}  // namespace
}  // namespace brink::model
