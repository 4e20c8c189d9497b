#include "brink/verify/case.h"

#include <algorithm>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/base/json.h"
#include "brink/verify/npy.h"

namespace brink::verify {
namespace {

namespace fs = std::filesystem;

std::string Text(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value == nullptr ? nullptr : value->get<std::string>();
  return text == nullptr ? "" : *text;
}

void AddCases(const fs::path& home, const json::Value& entry, std::vector<Case>& cases) {
  const std::string name = Text(entry, "name");
  const json::Value* graph = entry.Find("graph");
  const std::string kind = graph == nullptr ? "" : Text(*graph, "kind");
  const Case main{.name = name,
                  .model = home / "models" / (name + ".tflite"),
                  .folder = home / "golden" / name,
                  .signature = "",
                  .quantised = kind != "f32" && kind.rfind("f16", 0) != 0,
                  .single_operator = Text(entry, "tier") == "unit"};
  if (!fs::exists(main.folder)) return;
  cases.push_back(main);
  for (const auto& folder : fs::directory_iterator(main.folder)) {
    const std::string part = folder.path().filename();
    if (part != "dyn2" && part.rfind("sig_", 0) != 0) continue;
    Case more = main;
    more.name += "/" + part;
    more.folder += "/" + part;
    if (part != "dyn2") more.signature = part.substr(4);
    cases.push_back(more);
  }
}

}  // namespace

Result<std::vector<Case>> LoadCases(const std::string& zoo) {
  BRINK_ASSIGN(const std::string text, ReadTextFile(zoo, size_t{1} << 26));
  const auto parsed = json::Parse(text, {.allow_nan = true});
  if (!parsed) return Fail(parsed.error().Within(zoo));
  const auto* entries = parsed->get<json::Array>();
  if (entries == nullptr) return Fail(Code::kDataLoss, zoo + ": want a list of models");
  std::vector<Case> cases;
  for (const json::Value& entry : *entries) AddCases(fs::path(zoo).parent_path(), entry, cases);
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

Result<std::vector<Tensor>> LoadRecordings(const Case& recorded, const std::string& output,
                                           int run) {
  // Those of the run itself, or, where there are none, of the first.
  for (const std::string& step : {"step" + std::to_string(run) + "_", std::string()}) {
    std::vector<Tensor> recordings;
    for (const char* family : {"", "_nodel", "_ref", "_tflm"}) {
      const std::string path = recorded.folder + "/" + step + "out" + output + family + ".npy";
      if (!fs::exists(path)) continue;
      BRINK_ASSIGN(Tensor tensor, ReadNpy(path));
      recordings.push_back(std::move(tensor));
    }
    if (!recordings.empty()) return recordings;
  }
  return Fail(Code::kNotFound, recorded.folder + ": no recording of output " + output);
}

}  // namespace brink::verify
