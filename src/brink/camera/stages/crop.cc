#include "brink/camera/stages/crop.h"

#include <algorithm>

namespace brink::camera {
namespace {

constexpr double kMargin = .5;  // of what moved, on each side
constexpr double kLeast = .25;  // of the picture's sides
constexpr double kMost = .7;

}  // namespace

std::optional<vision::Region> CropAround(const vision::Region& moved, int width, int height) {
  if (moved.width <= 0 || moved.height <= 0) return std::nullopt;
  const double share = std::max(
      {moved.width * (1 + 2 * kMargin) / width, moved.height * (1 + 2 * kMargin) / height, kLeast});
  if (share > kMost) return std::nullopt;
  // Even numbers: whole chroma samples.
  const int crop_width = std::max(static_cast<int>(width * share) & ~1, 2);
  const int crop_height = std::max(static_cast<int>(height * share) & ~1, 2);
  if (crop_width >= width || crop_height >= height) return std::nullopt;
  const int left = moved.left + moved.width / 2 - crop_width / 2;
  const int top = moved.top + moved.height / 2 - crop_height / 2;
  return vision::Region{std::clamp(left, 0, width - crop_width) & ~1,
                        std::clamp(top, 0, height - crop_height) & ~1, crop_width, crop_height};
}

std::vector<vision::Detection> JoinCropped(std::vector<vision::Detection> found,
                                           const vision::Region& part, int width, int height,
                                           const std::vector<vision::Detection>& before) {
  const auto share = [](int pixels, int side) {
    return static_cast<float>(pixels) / static_cast<float>(side);
  };
  const float left = share(part.left, width);
  const float top = share(part.top, height);
  const float across = share(part.width, width);
  const float down = share(part.height, height);
  for (vision::Detection& one : found) {
    one.box = {left + one.box[0] * across, top + one.box[1] * down, left + one.box[2] * across,
               top + one.box[3] * down};
  }
  for (const vision::Detection& one : before) {
    const float x = (one.box[0] + one.box[2]) / 2;
    const float y = (one.box[1] + one.box[3]) / 2;
    const bool inside = x >= left && x < left + across && y >= top && y < top + down;
    if (!inside) found.push_back(one);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return found;
}

}  // namespace brink::camera
