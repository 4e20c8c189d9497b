// Plan::Build: with packed weights from memory or from a folder.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <new>

#include "brink/base/build_id.h"
#include "brink/base/checksum.h"
#include "brink/base/log.h"
#include "brink/engine/packed_weights.h"
#include "brink/engine/plan_impl.h"
#include "brink/kernels/cpu.h"
#include "brink/model/file_pages.h"

namespace brink::engine {
namespace {

Result<std::shared_ptr<const Plan::Impl>> BuildOnce(std::shared_ptr<const model::Model> model,
                                                    const PlanOptions& options,
                                                    PackedWeights& packed) {
  PlanContext context{
      .variables = std::make_shared<const std::vector<ops::VariableInfo>>(FindVariables(*model)),
      .threads = std::max(1, options.threads),
      .max_bytes = options.max_arena_bytes,
      .packed = &packed};
  context.model = std::move(model);
  BRINK_ASSIGN(std::shared_ptr<const Plan::Impl> plan,
               BuildPlan(context, {.graph = options.graph,
                                   .outputs = options.outputs,
                                   .input_shapes = options.input_shapes}));
  // The pages of weights that are packed would else count twice until all are.
  packed.PackAll(options.pool, context.threads, [&](std::span<const std::byte> read) {
    model::ReleaseFilePages(*context.model, read);
  });
  return plan;
}

// 16 hex digits.
std::string ChecksumText(const std::string& text) {
  uint64_t left = ChecksumOf(std::as_bytes(std::span(text)));
  std::string hex(16, '0');
  for (auto digit = hex.rbegin(); left > 0; left >>= 4) *digit++ = "0123456789abcdef"[left & 15];
  return hex;
}

// Everything but the build that decides which weights are packed, and how: the digest of the model
// in full, whose bytes come from anywhere, and a checksum of the rest, which the user sets.
std::string NameOf(const std::string& model_sha256, const PlanOptions& options) {
  std::string text = std::string(kernels::CpuTarget()) + " " +
                     std::to_string(std::lround(kernels::SharedReadRate())) + "\n" +
                     std::to_string(options.threads) + "\n" + std::to_string(options.graph) + "\n";
  for (const std::string& output : options.outputs) text += "output " + output + "\n";
  for (const auto& [input, shape] : options.input_shapes)
    text += "input " + input + " " + shape.ToString() + "\n";
  return model_sha256 + "-" + ChecksumText(text);
}

// With packed weights from the options' folder, or left there for the next time.
class KeptPlan {
 public:
  KeptPlan(const std::shared_ptr<const model::Model>& model, const PlanOptions& options)
      : model_(model), options_(options), known_(KnownFilesFolder(options.packed_folder)) {}

  Result<std::shared_ptr<const Plan::Impl>> Build() {
    PackedWeights packed(options_.least_kept_bytes, [this] { return Open(); });
    auto plan = BuildOnce(model_, options_, packed);
    if (!plan || key_.empty()) return plan;  // nothing to keep
    if (packed.AllMapped()) {
      MarkUsed();
      return plan;
    }
    if (packed.has_file()) plan = BuildWithout(packed);
    if (!plan || packed.packed_bytes() == 0) return plan;
    if (const Status wrote = packed.Write(WeightsPath(), key_); !wrote) {
      log::Info("packed weights are not kept", {{"reason", wrote.error().message}});
      return plan;
    }
    // Once more, so that this process shares its pages with the next too.
    plan->reset();
    packed = PackedWeights(options_.least_kept_bytes, [this] { return Open(); });
    plan = BuildOnce(model_, options_, packed);
    return !plan || packed.AllMapped() ? plan : BuildWithout(packed);
  }

 private:
  std::string WeightsPath() const { return folder_ + "/weights"; }

  Result<std::shared_ptr<const Plan::Impl>> BuildWithout(PackedWeights& packed) const {
    packed = PackedWeights(options_.least_kept_bytes, nullptr);
    return BuildOnce(model_, options_, packed);
  }

  Result<PackedWeights> Open() {
    if (key_.empty()) {
      const std::string sha256 =
          options_.model_sha256.empty() ? model::Sha256Of(*model_, known_) : options_.model_sha256;
      const std::string name = NameOf(sha256, options_);
      // A new build takes the place of an old one's.
      folder_ = options_.packed_folder + "/" + name;
      key_ = name.substr(0, 48) + ChecksumText(name + BuildId());
    }
    auto weights = PackedWeights::Map(WeightsPath(), key_, known_);
    if (!weights) log::Debug("no packed weights", {{"reason", weights.error().message}});
    return weights;
  }

  // The cache's collector asks when it was last of use. The hour is enough for that, and to write
  // more often would wear a card, and take 20 us of a start.
  void MarkUsed() const {
    using std::chrono::system_clock;
    struct stat status {};
    if (stat(folder_.c_str(), &status) != 0) return;
    const auto marked = system_clock::from_time_t(status.st_mtim.tv_sec);
    const auto now = system_clock::now();
    if (marked <= now && now - marked < std::chrono::hours(1)) return;
    std::error_code ignored;  // it is as good as it was
    std::filesystem::last_write_time(folder_, std::filesystem::file_time_type::clock::now(),
                                     ignored);
  }

  std::shared_ptr<const model::Model> model_;
  const PlanOptions& options_;
  const KnownFiles known_;
  std::string folder_;
  std::string key_;  // empty until a file is asked for
};

}  // namespace

std::string KnownFilesFolder(const std::string& packed_folder) {
  return packed_folder.empty() ? "" : packed_folder + "/known";
}

Result<std::shared_ptr<const Plan>> Plan::Build(std::shared_ptr<const model::Model> model,
                                                const PlanOptions& options) {
  BRINK_TRY(kernels::CheckCpu());
  const bool keep = !options.packed_folder.empty() && model->bytes != nullptr && !BuildId().empty();
  try {
    PackedWeights packed;
    BRINK_ASSIGN(
        std::shared_ptr<const Impl> impl,
        keep ? KeptPlan(model, options).Build() : BuildOnce(std::move(model), options, packed));
    return std::shared_ptr<const Plan>(new Plan(std::move(impl)));
  } catch (const std::bad_alloc&) {
    return Fail(Code::kResourceExhausted, "out of memory while planning the model");
  }
}

}  // namespace brink::engine
