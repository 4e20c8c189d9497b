#include "commands.h"
#include "serve.h"

namespace brink::apps {

Command RunCommand() {
  const auto uri = std::make_shared<std::string>();
  return {
      .name = "run",
      .help = "Serve a model without a deployment file",
      .example =
          "example: brink run face_mask_detection.tflite --http-port 9000\n"
          "         curl -s localhost:9000/api/v1.0/predictions -F binData=@photo.jpg",
      .settings = ServingSettings(),
      .arguments =
          [uri](CLI::App& app) {
            app.add_option("MODEL", *uri, "a .tflite file, a folder with one, or a URI")
                ->required();
          },
      .action = [uri](const Config& config) { return Serve({.uri = *uri, .pod = {}}, config); }};
}

}  // namespace brink::apps
