#include "camera_list.h"

#include <filesystem>
#include <set>

#include "brink/base/file.h"
#include "brink/base/yaml.h"
#include "brink/camera/source.h"

namespace brink::apps {
namespace {

constexpr size_t kLongestFile = size_t{1} << 20;
constexpr size_t kMostCameras = 64;

Status TakeText(yaml::MapReader& map, const char* key, std::string& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, yaml::AsText(*node, map.Path(key)));
  }
  return {};
}

Status TakeNumber(yaml::MapReader& map, const char* key, double low, double high, double& value) {
  const auto* node = map.Take(key);
  if (node == nullptr) return {};
  BRINK_ASSIGN(value, yaml::AsNumber(*node, map.Path(key)));
  if (value >= low && value <= high) return {};
  return yaml::Unfit(*node, map.Path(key), "a number within its limits, see --help");
}

Status TakeInt(yaml::MapReader& map, const char* key, int& value) {
  double number = value;
  BRINK_TRY(TakeNumber(map, key, 0, 16384, number));
  value = static_cast<int>(number);
  return {};
}

Status TakeBool(yaml::MapReader& map, const char* key, bool& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, yaml::AsBool(*node, map.Path(key)));
  }
  return {};
}

// A map of names to what stands after "=" on the command line: {till: "0.1,0.5,0.4,0.5,0.4,1"}.
Status TakeNamed(yaml::MapReader& map, const char* key, std::vector<std::string>& texts) {
  const auto* node = map.Take(key);
  if (node == nullptr) return {};
  if (node->kind != yaml::Node::Kind::kMap) {
    return yaml::Unfit(*node, map.Path(key), "a map of names");
  }
  for (const yaml::Entry& entry : node->entries) {
    const std::string where = map.Path(key) + "." + entry.key;
    std::string numbers;
    if (entry.value.kind == yaml::Node::Kind::kList) {
      for (const yaml::Node& item : entry.value.items) {
        BRINK_ASSIGN(const std::string number, yaml::AsText(item, where));
        numbers += (numbers.empty() ? "" : ",") + number;
      }
    } else {
      BRINK_ASSIGN(numbers, yaml::AsText(entry.value, where));
    }
    texts.push_back(entry.key + "=" + numbers);
  }
  return {};
}

Status ReadPlaces(yaml::MapReader& map, WatchOptions& camera) {
  BRINK_TRY(TakeNamed(map, "zones", camera.zones));
  BRINK_TRY(TakeNamed(map, "lines", camera.lines));
  BRINK_TRY(TakeNamed(map, "ignore", camera.ignored));
  return TakeNamed(map, "min_score", camera.least_scores);
}

Result<WatchOptions> ReadCamera(const yaml::Node& node, const WatchOptions& common) {
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(node, "cameras"));
  WatchOptions camera = common;
  BRINK_ASSIGN(const auto* source, map.Need("source"));
  BRINK_ASSIGN(camera.source, yaml::AsText(*source, map.Path("source")));
  camera.name = camera::ShownSource(camera.source);
  BRINK_TRY(TakeText(map, "name", camera.name));
  BRINK_TRY(TakeInt(map, "width", camera.feed.width));
  BRINK_TRY(TakeInt(map, "height", camera.feed.height));
  BRINK_TRY(TakeNumber(map, "fps", .01, 1000, camera.feed.fps));
  BRINK_TRY(TakeText(map, "hwaccel", camera.feed.hwaccel));
  BRINK_TRY(TakeNumber(map, "stall", .1, 86400, camera.stall_seconds));
  BRINK_TRY(TakeBool(map, "every_frame", camera.every_frame));
  BRINK_TRY(TakeBool(map, "crop", camera.crop));
  BRINK_TRY(TakeNumber(map, "dwell", .1, 1e6, camera.dwell_seconds));
  BRINK_TRY(TakeNumber(map, "max_fps", .001, 1000, camera.governor.max_fps));
  BRINK_TRY(ReadPlaces(map, camera));
  const std::string own = "/" + camera::FileName(camera.name);
  if (camera.output.ends_with(".avi")) {  // each has a film of its own
    camera.output.replace(camera.output.size() - 4, 4, "-" + own.substr(1) + ".avi");
  } else if (!camera.output.empty()) {
    camera.output += own;
  }
  if (!camera.clips.folder.empty()) camera.clips.folder += own;
  BRINK_TRY(TakeText(map, "output", camera.output));
  BRINK_TRY(TakeText(map, "clips", camera.clips.folder));
  BRINK_TRY(map.Finish());
  return camera;
}

}  // namespace

Result<std::vector<WatchOptions>> ParseCameraList(std::string_view yaml,
                                                  const WatchOptions& common) {
  BRINK_ASSIGN(const yaml::Node root, yaml::Parse(yaml));
  BRINK_ASSIGN(auto map, yaml::MapReader::Open(root, ""));
  BRINK_ASSIGN(const auto* list, map.Need("cameras"));
  if (list->kind != yaml::Node::Kind::kList || list->items.empty() ||
      list->items.size() > kMostCameras) {
    return yaml::Unfit(*list, "cameras", "a list of 1 to " + std::to_string(kMostCameras));
  }
  BRINK_TRY(map.Finish());
  std::vector<WatchOptions> cameras;
  std::set<std::string> names;
  for (const yaml::Node& node : list->items) {
    BRINK_ASSIGN(cameras.emplace_back(), ReadCamera(node, common));
    // Topics and files are named after it.
    if (!names.insert(camera::FileName(cameras.back().name)).second) {
      return Fail(Code::kInvalidArgument, "line " + std::to_string(node.line) +
                                              ": cameras: another one is called '" +
                                              cameras.back().name + "' or nearly so");
    }
  }
  return cameras;
}

Result<std::vector<WatchOptions>> ReadCameraList(const std::string& path,
                                                 const WatchOptions& common) {
  BRINK_ASSIGN(const std::string text, ReadTextFile(path, kLongestFile));
  auto cameras = ParseCameraList(text, common);
  if (!cameras) return Fail(cameras.error().Within(path));
  return cameras;
}

}  // namespace brink::apps
