#include <sys/mman.h>

#include <functional>
#include <unordered_set>

#include "brink/base/file.h"
#include "brink/base/pages.h"
#include "brink/base/sha256.h"
#include "brink/model/check_order.h"
#include "brink/model/file_pages.h"
#include "brink/model/graph.h"
#include "brink/model/known_model.h"
#include "brink/model/printable.h"
#include "brink/model/read_graph.h"
#include "brink/model/wire_file.h"

namespace brink::model {
namespace {

constexpr uint32_t kSchemaVersion = 3;

Status ReadGraphs(WireFile& file, Model& model) {
  const auto* graphs = file.root().subgraphs();
  const uint32_t count = graphs == nullptr ? 0 : graphs->size();
  if (count == 0) return Fail(Code::kInvalidArgument, "it has no graph");
  for (uint32_t i = 0; i < count; ++i) {
    auto graph = ReadGraph(file, *graphs->Get(i));
    Status status;
    if (!graph) {
      status = Fail(std::move(graph.error()));
    } else {
      status = CheckOrder(*graph);
    }
    if (!status && count == 1) return status;
    if (!status) return Fail(status.error().Within("graph " + std::to_string(i)));
    model.graphs.push_back(std::move(*graph));
  }
  return {};
}

using WireBindings = flatbuffers::Vector<flatbuffers::Offset<wire::TensorMap>>;

// `allowed`: the tensors that a binding may name; null where any will do.
Result<std::vector<Signature::Binding>> ReadBindings(WireFile& file, const WireBindings* wire,
                                                     const Graph& graph,
                                                     const std::unordered_set<int>* allowed) {
  std::vector<Signature::Binding> bindings;
  const uint32_t count = wire == nullptr ? 0 : wire->size();
  for (uint32_t i = 0; i < count; ++i) {
    Signature::Binding binding;
    BRINK_TRY(file.Charge(sizeof(binding)));
    BRINK_ASSIGN(binding.name, file.Text(wire->Get(i)->name()));
    const int64_t tensor = wire->Get(i)->tensor_index();
    Status status = CheckTensorIndex(tensor, graph);
    binding.tensor = status ? static_cast<int>(tensor) : 0;
    if (status && allowed != nullptr && !allowed->contains(binding.tensor)) {
      status = Fail(Code::kInvalidArgument,
                    "tensor " + std::to_string(tensor) + " is not an input of the graph");
    }
    if (!status) return Fail(status.error().Within(Quoted(binding.name)));
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

// The inputs of each graph: looked up once for every input of every signature.
using GraphInputs = std::vector<std::unordered_set<int>>;

Status ReadSignature(WireFile& file, const wire::SignatureDef& wire, const GraphInputs& allowed,
                     Model& model) {
  Signature signature;
  BRINK_TRY(file.Charge(sizeof(signature)));
  BRINK_ASSIGN(signature.key, file.Text(wire.signature_key()));
  if (wire.subgraph_index() >= model.graphs.size()) {
    return Fail(Code::kOutOfRange, "graph " + std::to_string(wire.subgraph_index()) +
                                       ", the file has " + std::to_string(model.graphs.size()));
  }
  signature.graph = static_cast<int>(wire.subgraph_index());
  const Graph& graph = model.graphs[wire.subgraph_index()];
  auto inputs = ReadBindings(file, wire.inputs(), graph, &allowed[wire.subgraph_index()]);
  if (!inputs) return Fail(inputs.error().Within("input"));
  auto outputs = ReadBindings(file, wire.outputs(), graph, nullptr);
  if (!outputs) return Fail(outputs.error().Within("output"));
  signature.inputs = std::move(*inputs);
  signature.outputs = std::move(*outputs);
  model.signatures.push_back(std::move(signature));
  return {};
}

Status ReadSignatures(WireFile& file, Model& model) {
  const auto* signatures = file.root().signature_defs();
  if (signatures == nullptr) return {};
  GraphInputs inputs;
  for (const Graph& graph : model.graphs)
    inputs.emplace_back(graph.inputs.begin(), graph.inputs.end());
  for (const wire::SignatureDef* signature : *signatures) {
    const Status status = ReadSignature(file, *signature, inputs, model);
    if (status) continue;
    const std::string_view key = signature->signature_key() == nullptr
                                     ? std::string_view()
                                     : signature->signature_key()->string_view();
    return Fail(status.error().Within("signature " + Quoted(key)));
  }
  return {};
}

Status ReadMetadata(WireFile& file, Model& model) {
  const auto* entries = file.root().metadata();
  if (entries == nullptr) return {};
  for (const wire::Metadata* entry : *entries) {
    Metadata metadata;
    BRINK_TRY(file.Charge(sizeof(metadata)));
    BRINK_ASSIGN(metadata.name, file.Text(entry->name()));
    auto data = file.BufferBytes(entry->buffer());
    if (!data) return Fail(data.error().Within("metadata " + Quoted(metadata.name)));
    metadata.data = *data;
    model.metadata.push_back(std::move(metadata));
  }
  return {};
}

Result<std::shared_ptr<Model>> ReadBytes(std::span<const std::byte> bytes,
                                         std::span<const BufferPlace> places) {
  BRINK_ASSIGN(WireFile file, WireFile::Open(bytes, places));
  auto model = std::make_shared<Model>();
  model->version = file.root().version();
  if (model->version != kSchemaVersion) {
    return Fail(Code::kUnimplemented, "schema version " + std::to_string(model->version) +
                                          ", expected " + std::to_string(kSchemaVersion));
  }
  BRINK_ASSIGN(model->description, file.Text(file.root().description()));
  BRINK_TRY(ReadGraphs(file, *model));
  BRINK_TRY(ReadSignatures(file, *model));
  BRINK_TRY(ReadMetadata(file, *model));
  model->made = file.TakeMade();
  return model;
}

// Below, to look a file up takes longer than what there is to learn of it.
constexpr size_t kWorthKnowing = size_t{1} << 20;

// Keeps a model's bytes, as the deleter of the pointer that the model owns them by.
struct Bytes {
  std::shared_ptr<const MappedFile> file;  // one of the two
  std::shared_ptr<const std::vector<std::byte>> in_memory;
  std::string sha256;  // where it was known when the file was read
  std::span<const std::byte> whole() const { return file ? file->bytes() : std::span(*in_memory); }
  void operator()(const void* /*bytes*/) const {}
};

// The mapped file; nothing for a model that was read from memory.
std::span<const std::byte> MappedBytes(const Model& model) {
  const auto* owner = std::get_deleter<Bytes>(model.bytes);
  if (owner == nullptr || owner->file == nullptr) return {};
  return owner->file->bytes();
}

Result<std::shared_ptr<const Model>> ReadNamed(const Bytes& bytes, const std::string& name,
                                               std::span<const BufferPlace> places = {}) {
  const std::span<const std::byte> whole = bytes.whole();
  auto model = ReadBytes(whole, places);
  if (!model) return Fail(model.error().Within(name));
  (*model)->bytes = std::shared_ptr<const void>(whole.data(), bytes);
  return std::shared_ptr<const Model>(std::move(*model));
}

}  // namespace

Result<std::shared_ptr<const Model>> ReadModel(const std::string& path, const KnownFiles& known) {
  BRINK_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  KnownModel before;
  if (file->bytes().size() >= kWorthKnowing) before = FindModel(known, file->identity());
  return ReadNamed({.file = std::move(file), .sha256 = std::move(before.sha256)}, path,
                   before.places);
}

Result<std::shared_ptr<const Model>> ReadModel(std::vector<std::byte> bytes,
                                               const std::string& name) {
  return ReadNamed({.in_memory = std::make_shared<const std::vector<std::byte>>(std::move(bytes))},
                   name);
}

std::span<const std::byte> FileBytes(const Model& model) {
  const auto* bytes = std::get_deleter<Bytes>(model.bytes);
  return bytes == nullptr ? std::span<const std::byte>() : bytes->whole();
}

std::string Sha256Of(const Model& model, const KnownFiles& known) {
  const auto* owner = std::get_deleter<Bytes>(model.bytes);
  if (owner == nullptr) return "";
  if (!owner->sha256.empty()) return owner->sha256;
  if (owner->file == nullptr) return Sha256Hex(owner->whole());
  KnownModel found = FindModel(known, owner->file->identity());
  if (!found.sha256.empty()) return found.sha256;
  found = {.sha256 = Sha256Hex(owner->whole()), .places = PlacesOf(owner->whole())};
  Remember(found, owner->file->identity(), known);
  return found.sha256;
}

void ReleaseFilePages(const Model& model) {
  const std::span<const std::byte> bytes = MappedBytes(model);
  if (!bytes.empty()) madvise(const_cast<std::byte*>(bytes.data()), bytes.size(), MADV_DONTNEED);
}

void ReleaseFilePages(const Model& model, std::span<const std::byte> read) {
  const std::span<const std::byte> bytes = MappedBytes(model);
  const std::less_equal<> before;  // of pointers that may be of different arrays
  if (!bytes.empty() && before(bytes.data(), read.data()) &&
      before(read.data() + read.size(), bytes.data() + bytes.size())) {
    ReleasePages(read);
  }
}

}  // namespace brink::model
