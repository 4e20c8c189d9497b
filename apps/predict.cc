#include <chrono>
#include <cstdio>

#include "brink/base/file.h"
#include "brink/base/thread_pool.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/vision/draw.h"
#include "commands.h"
#include "open_model.h"

namespace brink::apps {
namespace {

constexpr size_t kLongestPicture = size_t{256} << 20;

struct Options {
  std::string model;
  std::string image;
  std::string output;
  bool json = false;
};

void Print(const vision::Detection& detection) {
  std::printf("%-16s %.3f  [%.4f, %.4f, %.4f, %.4f]\n", detection.label.c_str(),
              static_cast<double>(detection.score), static_cast<double>(detection.box[0]),
              static_cast<double>(detection.box[1]), static_cast<double>(detection.box[2]),
              static_cast<double>(detection.box[3]));
}

void Print(const vision::Classification& classification) {
  std::printf("%-16s %.3f\n", classification.label.c_str(),
              static_cast<double>(classification.score));
}

void Print(const api::NamedTensor& item) {
  std::printf("%s  %s %s\n", item.name.c_str(), std::string(TypeName(item.tensor.type())).c_str(),
              item.tensor.shape().ToString().c_str());
}

void Print(const serving::PictureAnswer& answer) {
  if (const auto* detections = std::get_if<std::vector<vision::Detection>>(&answer.found)) {
    for (const vision::Detection& detection : *detections) Print(detection);
    if (detections->empty()) std::printf("nothing found\n");
  } else if (const auto* segments = std::get_if<vision::Segmentation>(&answer.found)) {
    for (const vision::Detection& region : segments->regions) Print(region);
    if (segments->regions.empty()) std::printf("nothing found\n");
  } else if (const auto* classes =
                 std::get_if<std::vector<vision::Classification>>(&answer.found)) {
    for (const vision::Classification& one : *classes) Print(one);
  } else {
    for (const api::NamedTensor& item : std::get<api::Tensors>(answer.found).items) Print(item);
  }
}

Status Annotate(vision::Image& image, const serving::PictureAnswer& answer,
                const std::string& path) {
  if (const auto* detections = std::get_if<std::vector<vision::Detection>>(&answer.found)) {
    vision::DrawDetections(image, *detections);
  } else if (const auto* segments = std::get_if<vision::Segmentation>(&answer.found)) {
    vision::DrawDetections(image, segments->regions);
  } else if (const auto* classes =
                 std::get_if<std::vector<vision::Classification>>(&answer.found)) {
    vision::DrawClassifications(image, *classes);
  }
  BRINK_ASSIGN(const std::string bytes,
               path.ends_with(".png") ? vision::EncodePng(image) : vision::EncodeJpeg(image));
  return WriteFile(path, std::as_bytes(std::span(bytes)));
}

Status Predict(const Options& options, const Config& config) {
  BRINK_ASSIGN(const auto picture, ReadFile(options.image, kLongestPicture));
  BRINK_ASSIGN(OpenedModel opened, OpenModel(options.model, config));
  if (!opened.card) {
    return Fail(Code::kFailedPrecondition,
                opened.file.path + ": no card says how a picture goes in: name one with --card");
  }
  ThreadPool threads(opened.plan.threads);
  opened.plan.pool = &threads;
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(opened.model, opened.plan));
  BRINK_ASSIGN(const auto pipeline, serving::PicturePipeline::Create(*plan, opened.card->card));
  BRINK_ASSIGN(const auto session, engine::Session::Create(plan, &threads));
  const auto answer = pipeline.Run(*session, picture);
  if (!answer) return Fail(answer.error().Within(options.image));
  if (options.json) {
    const json::Value value = serving::ToJson(*answer, opened.card->card.name);
    std::printf("%s\n", json::Write(value, {.indent = 2}).c_str());
  } else {
    Print(*answer);
  }
  if (options.output.empty()) return {};
  BRINK_ASSIGN(vision::Image image, vision::DecodeImage(picture));
  return Annotate(image, *answer, options.output);
}

void AddArguments(CLI::App& app, Options& options) {
  app.add_option("MODEL", options.model, "a .tflite file, a folder with one, or a URI")->required();
  app.add_option("IMAGE", options.image, "a JPEG or PNG file")->required();
  app.add_flag("--json", options.json, "write the answer as JSON");
  app.add_option("--output", options.output, "write the picture with what was found to this file")
      ->type_name("FILE");
}

}  // namespace

Command PredictCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "predict",
          .help = "Say what a model sees in a picture",
          .example =
              "Boxes are [xmin, ymin, xmax, ymax] relative to the picture.\n"
              "example: brink predict face_mask_detection.tflite photo.jpg --output "
              "annotated.jpg",
          .settings = {"card", "threads", "cache", "packed_weights", "mirror", "ca_file",
                       "log_level", "log_format"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .action = [options](const Config& config) { return Predict(*options, config); }};
}

}  // namespace brink::apps
