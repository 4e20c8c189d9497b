// Sharing memory never changes results: a plan that keeps every tensor apart and one that shares
// all it can agree.
#include <gtest/gtest.h>

#include <random>

#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

constexpr int64_t kRows = 2;

// A graph of random elementwise, reshaping, joining and convolving nodes over tensors of [1, n] or
// [kRows, n].
class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {
    for (int i = 0; i < 2; ++i)
      Keep(b_.Input("x" + std::to_string(i), Type::kFloat32, {1, 6}), {1, 6});
    const int nodes = 3 + static_cast<int>(random_() % 20);
    for (int i = 0; i < nodes; ++i) AddNode();
    b_.Output(tensors_.back().index);
    b_.Output(Pick().index);
    b_.Output(Pick().index);
  }

  std::shared_ptr<const model::Model> Read() const {
    return model::ReadModel(b_.Build(), "random").value();
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Node {
    int index;
    Shape shape;
  };

  const Node& Pick() { return tensors_[random_() % tensors_.size()]; }

  void Keep(int index, const Shape& shape) { tensors_.push_back({index, shape}); }

  void Emit(const char* op, const std::vector<int>& inputs, const Shape& shape,
            const Options& options = {}) {
    names_.push_back("t" + std::to_string(names_.size()));
    Keep(b_.Op(op, inputs,
               {.name = names_.back(), .shape = {shape.dims().begin(), shape.dims().end()}},
               options),
         shape);
  }

  int Constant(const Shape& shape) {
    std::vector<float> values(static_cast<size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random_() % 9) / 4 - 1;
    return b_.Constant("c", shape, values);
  }

  void AddNode() {
    const Node x = Pick();
    switch (random_() % 7) {
      case 0:
        return Emit("LOGISTIC", {x.index}, x.shape);
      case 1:
        return Emit("RELU", {x.index}, x.shape);
      case 2:
        return AddSum(x);
      case 3:
        return AddReshape(x);
      case 4:
        return AddJoin(x, 1);
      case 5:
        return AddJoin(x, 0);
      default:
        return AddProduct(x);
    }
  }

  void AddSum(const Node& x) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      const Node& z = Pick();
      if (z.shape == x.shape) return Emit("ADD", {x.index, z.index}, x.shape);
    }
    Emit("ADD", {x.index, Constant({1, 1})}, x.shape);
  }

  void AddReshape(const Node& x) {
    const int64_t elements = x.shape.elements();
    const Shape shape = x.shape[0] == 1 && elements % kRows == 0 ? Shape{kRows, elements / kRows}
                                                                 : Shape{1, elements};
    const std::vector<int32_t> dims = {static_cast<int32_t>(shape[0]), -1};
    Emit("RESHAPE", {x.index, b_.Constant("s", {2}, dims)}, shape);
  }

  void AddJoin(const Node& x, int axis) {
    const Node& z = Pick();
    const int other = 1 - axis;
    if (x.shape[other] != z.shape[other] || x.shape.elements() + z.shape.elements() > 400) return;
    Shape shape = x.shape;
    shape[axis] += z.shape[axis];
    if (axis == 0 && shape[0] != kRows) return;
    Emit("CONCATENATION", {x.index, z.index}, shape, {{0, axis}});
  }

  void AddProduct(const Node& x) {
    const int64_t out = 1 + static_cast<int64_t>(random_() % 8);
    Emit("FULLY_CONNECTED", {x.index, Constant({out, x.shape[1]}), Constant({out})},
         {x.shape[0], out});
  }

  std::mt19937 random_;
  ModelBuilder b_;
  std::vector<Node> tensors_;
  std::vector<std::string> names_;
};

std::vector<std::vector<float>> RunPlan(const std::shared_ptr<const Plan>& plan, size_t outputs) {
  auto session = Session::Create(plan).value();
  std::vector<std::vector<float>> results;
  for (int run = 0; run < 2; ++run) {
    for (int i = 0; i < 2; ++i) {
      float next = static_cast<float>(i) - 0.7F;
      for (float& value : session->input(i).as<float>()) value = next += 0.31F;
    }
    EXPECT_TRUE(session->Run());
    for (size_t i = 0; i < outputs; ++i) {
      const auto values = session->output(static_cast<int>(i)).as<float>();
      results.emplace_back(values.begin(), values.end());
    }
  }
  return results;
}

TEST(RandomGraphsTest, SharingMemoryNeverChangesResults) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const RandomGraph graph(seed);
    const auto model = graph.Read();
    const auto shared = Plan::Build(model);
    ASSERT_TRUE(shared) << seed << ": " << shared.error().message;
    // With every tensor an output nothing is fused, overwritten or given another's memory before
    // the end.
    PlanOptions apart;
    for (const auto& output : (*shared)->outputs()) apart.outputs.push_back(output.name);
    apart.outputs.insert(apart.outputs.end(), graph.names().begin(), graph.names().end());
    const auto kept = Plan::Build(model, apart);
    ASSERT_TRUE(kept) << seed << ": " << kept.error().message;
    EXPECT_LE((*shared)->arena_bytes(), (*kept)->arena_bytes()) << seed;
    ASSERT_EQ(RunPlan(*shared, 3), RunPlan(*kept, 3)) << seed;
  }
}

}  // namespace
}  // namespace brink::engine
