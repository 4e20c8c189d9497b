#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bring_model.h"
#include "brink/base/cpu_count.h"
#include "brink/base/json.h"
#include "brink/verify/litert.h"
#include "brink/verify/not_yet.h"
#include "brink/verify/self_check.h"
#include "commands.h"

namespace brink::apps {
namespace {

struct Options {
  std::vector<std::string> models;
  std::string zoo;
  std::string golden;
  std::string against;
  std::string python = "python3";
  bool json = false;
};

// "pass"; "fail": an output is wrong; "refused": it cannot be loaded or run; "listed": known not to
// agree, with the reason.
struct Judged {
  verify::Report report;
  std::string status;
  std::string reason;
};

Judged JudgeReport(verify::Report report) {
  Judged judged{.report = std::move(report), .status = "pass", .reason = {}};
  judged.reason = judged.report.Wrong();
  if (judged.reason.empty()) return judged;
  const auto listed = verify::NotYet().find(judged.report.name);
  if (listed != verify::NotYet().end()) {
    judged.status = "listed";
    judged.reason = listed->second;
  } else {
    judged.status = judged.report.error ? "refused" : "fail";
  }
  return judged;
}

// A folder that is gone when this is.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Make() {
    std::string path = (std::filesystem::temp_directory_path() / "brink-verify-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
      return Fail(Code::kInternal, "cannot make a folder " + path);
    return TemporaryFolder(path);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept { std::swap(path_, other.path_); }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<verify::Report> CheckModel(const std::string& path, const Options& options, int threads) {
  if (options.against == "litert") {
    BRINK_ASSIGN(const TemporaryFolder folder, TemporaryFolder::Make());
    BRINK_ASSIGN(const verify::Case recorded,
                 verify::RecordLiteRt(path, folder.path(), options.python));
    return verify::Check(recorded, threads);
  }
  if (options.golden.empty()) return verify::CheckAgainstItself(path, threads);
  BRINK_ASSIGN(const auto model, model::ReadModel(path));
  const verify::Rules rules = verify::RulesOf(*model);
  return verify::Check({.name = path,
                        .model = path,
                        .folder = options.golden,
                        .signature = "",
                        .quantised = rules.quantised,
                        .single_operator = rules.single_operator},
                       threads);
}

json::Value OutputJson(const verify::OutputReport& output) {
  json::Array shape;
  for (const int64_t dim : output.shape.dims()) shape.emplace_back(dim);
  return json::Object{{"name", output.name},
                      {"type", std::string(TypeName(output.type))},
                      {"shape", std::move(shape)},
                      {"rmse", output.verdict.rmse},
                      {"largest_error", output.verdict.largest_error}};
}

json::Value ToJson(const Judged& judged) {
  json::Array outputs;
  for (const auto& output : judged.report.outputs) outputs.push_back(OutputJson(output));
  json::Object object{
      {"model", judged.report.name}, {"status", judged.status}, {"outputs", std::move(outputs)}};
  if (!judged.reason.empty()) object["reason"] = judged.reason;
  return object;
}

void Print(const Judged& judged) {
  double rmse = 0;
  double largest = 0;
  for (const auto& output : judged.report.outputs) {
    rmse = std::max(rmse, output.verdict.rmse);
    largest = std::max(largest, output.verdict.largest_error);
  }
  std::printf("%-8s %10.3g %10.3g  %s%s%s\n", judged.status.c_str(), rmse, largest,
              judged.report.name.c_str(), judged.reason.empty() ? "" : ": ", judged.reason.c_str());
  std::fflush(stdout);
}

class Tally {
 public:
  explicit Tally(bool as_json) : json_(as_json) {
    if (!json_) std::printf("%-8s %10s %10s  model\n", "status", "RMSE", "largest");
  }
  void Add(verify::Report report) {
    const Judged judged = JudgeReport(std::move(report));
    ++counts_[judged.status];
    if (json_) {
      models_.push_back(ToJson(judged));
    } else {
      Print(judged);
    }
  }
  // The summary; an error when a model fails.
  Status Finish() {
    const auto count = [&](const char* status) { return counts_[status]; };
    if (json_) {
      std::printf("%s\n", json::Write(json::Object{{"models", std::move(models_)},
                                                   {"pass", count("pass")},
                                                   {"fail", count("fail")},
                                                   {"refused", count("refused")},
                                                   {"listed", count("listed")}},
                                      {.indent = 2})
                              .c_str());
    } else {
      std::printf("%lld pass, %lld fail, %lld refused, %lld listed\n",
                  static_cast<long long>(count("pass")), static_cast<long long>(count("fail")),
                  static_cast<long long>(count("refused")),
                  static_cast<long long>(count("listed")));
    }
    const int64_t bad = count("fail") + count("refused");
    if (bad == 0) return {};
    return Fail(Code::kFailedPrecondition,
                std::to_string(bad) + (bad == 1 ? " model fails" : " models fail"));
  }

 private:
  bool json_;
  json::Array models_;
  std::map<std::string, int64_t> counts_;
};

Status CheckZoo(const Options& options, int threads, Tally& tally) {
  BRINK_ASSIGN(const auto cases, verify::LoadCases(options.zoo));
  if (cases.empty())
    return Fail(Code::kNotFound, options.zoo + ": no model has recordings beside it");
  for (const verify::Case& recorded : cases) tally.Add(verify::Check(recorded, threads));
  return {};
}

Status Verify(const Options& options, const Config& config) {
  if (options.models.empty() == options.zoo.empty()) {
    return Fail(Code::kInvalidArgument, "want models, or --zoo FILE");
  }
  const int threads = config.threads > 0 ? static_cast<int>(config.threads) : AvailableCpus();
  Tally tally(options.json);
  if (!options.zoo.empty()) BRINK_TRY(CheckZoo(options, threads, tally));
  for (const std::string& model : options.models) {
    auto report = BringModel(model, config).and_then([&](const ModelFile& file) {
      return CheckModel(file.path, options, threads);
    });
    if (!report) report = verify::Report{.name = {}, .outputs = {}, .error = report.error()};
    report->name = model;
    tally.Add(std::move(*report));
  }
  return tally.Finish();
}

void AddArguments(CLI::App& app, Options& options) {
  app.add_option("MODEL", options.models, "a .tflite file, a folder with one, or a URI");
  app.add_option(
         "--zoo", options.zoo,
         "check every model of this list (zoo.json), which has models/ and golden/ beside it")
      ->type_name("FILE");
  app.add_option("--golden", options.golden, "hold the model to in0.npy ... out0.npy ... here")
      ->type_name("FOLDER");
  app.add_option("--against", options.against,
                 "hold the model to this runtime on made-up inputs: litert")
      ->check(CLI::IsMember({"litert"}))
      ->excludes(app.get_option("--golden"));
  app.add_option("--python", options.python, "the Python that has ai-edge-litert")
      ->type_name("PROGRAM")
      ->capture_default_str();
  app.add_flag("--json", options.json, "write the result as JSON");
}

}  // namespace

Command VerifyCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "verify",
          .help = "Check that a model's answers are right on this machine",
          .example =
              "Without recordings a model is held to itself: the same with every instruction set "
              "and number of threads.\n"
              "Exit code 1 when a model fails.\n"
              "example: brink verify face_mask_detection.tflite --against litert",
          .settings = {"threads", "cache", "mirror", "ca_file", "log_level", "log_format"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .action = [options](const Config& config) { return Verify(*options, config); }};
}

}  // namespace brink::apps
