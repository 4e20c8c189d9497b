#include <array>
#include <cstdio>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/camera/ring_folder.h"
#include "brink/camera/sinks/sinks.h"

namespace brink::camera {
namespace {

class NewestPicture final : public Sink {
 public:
  explicit NewestPicture(std::string path) : path_(std::move(path)) {}

  Status Take(const Report& report) override {
    if (!path_.ends_with(".png")) {
      BRINK_ASSIGN(const std::string* jpeg, report.AnnotatedJpeg());
      return WriteFile(path_, std::as_bytes(std::span(*jpeg)));
    }
    BRINK_ASSIGN(const vision::Image* image, report.Annotated());
    BRINK_ASSIGN(const std::string png, vision::EncodePng(*image));
    return WriteFile(path_, std::as_bytes(std::span(png)));
  }
  std::string name() const override { return "output"; }

 private:
  const std::string path_;
};

class PictureFolder final : public Sink {
 public:
  explicit PictureFolder(RingFolder folder) : folder_(std::move(folder)) {}

  Status Take(const Report& report) override {
    BRINK_ASSIGN(const std::string* jpeg, report.AnnotatedJpeg());
    return folder_.Write(NameOf(report.frame()), std::as_bytes(std::span(*jpeg)));
  }
  std::string name() const override { return "output"; }

 private:
  static std::string NameOf(const Frame& frame) {
    if (!frame.name.empty()) return std::filesystem::path(frame.name).stem().string() + ".jpg";
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%08llu.jpg",
                  static_cast<unsigned long long>(frame.number));
    return name.data();
  }

  RingFolder folder_;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakePictures(const std::string& path, uint64_t limit_bytes) {
  if (path.ends_with(".jpg") || path.ends_with(".jpeg") || path.ends_with(".png")) {
    return std::make_unique<NewestPicture>(path);
  }
  BRINK_ASSIGN(RingFolder folder, RingFolder::Open(path, limit_bytes));
  return std::make_unique<PictureFolder>(std::move(folder));
}

}  // namespace brink::camera
