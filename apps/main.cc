#include <csignal>
#include <string_view>
#include <vector>

#include "brink/graph/pod_environment.h"
#include "commands.h"
#include "process_memory.h"

namespace {

using brink::graph::ProcessVariable;

// A URI or a path is no command's name: it has a slash or a colon.
bool NamesModel(std::string_view word) {
  return !word.starts_with('-') && word.find_first_of("/:") != std::string_view::npos;
}

// As Kubernetes starts a storage initialiser: SRC DST, or several such pairs.
bool IsStorageInitializer(int argc, char** argv) {
  return argc >= 3 && NamesModel(argv[1]) && argv[2][0] != '-';
}

// A container's command line may say nothing, or be the Python wrapper's: then its environment says
// what to do. Or it may be a storage initialiser's.
std::vector<const char*> Arguments(int argc, char** argv) {
  std::vector<const char*> arguments(argv, argv + argc);
  const std::string_view program = argc > 0 ? argv[0] : "";
  const bool wrapper = program.substr(program.rfind('/') + 1) == "seldon-core-microservice";
  const bool in_pod =
      ProcessVariable("PREDICTIVE_UNIT_PARAMETERS") || ProcessVariable("MLSERVER_MODEL_URI");
  if (!wrapper && IsStorageInitializer(argc, argv)) {
    arguments.insert(arguments.begin() + 1, "fetch");
  }
  if (wrapper || (argc == 1 && in_pod)) arguments.insert(arguments.begin() + 1, "microservice");
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  brink::apps::KeepMemorySmall();
  std::signal(SIGPIPE, SIG_IGN);  // a client or a pager that went away is an error of one write
  brink::apps::Program program(ProcessVariable);
  program.Add(brink::apps::UpCommand());
  program.Add(brink::apps::RunCommand());
  program.Add(brink::apps::MicroserviceCommand());
  program.Add(brink::apps::FetchCommand());
  program.Add(brink::apps::RenderCommand());
  program.Add(brink::apps::PredictCommand());
  program.Add(brink::apps::CameraCommand());
  program.Add(brink::apps::InspectCommand());
  program.Add(brink::apps::BenchCommand());
  program.Add(brink::apps::VerifyCommand());
  program.Add(brink::apps::OpsCommand());
  const auto arguments = Arguments(argc, argv);
  return program.Main(static_cast<int>(arguments.size()), arguments.data());
}
