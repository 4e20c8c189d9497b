#include <csignal>
#include <cstdlib>

#include "commands.h"

namespace {

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a client or a pager that went away is an error of one write
  brink::apps::Program program(ProcessVariable);
  program.Add(brink::apps::UpCommand());
  program.Add(brink::apps::RunCommand());
  program.Add(brink::apps::PredictCommand());
  program.Add(brink::apps::InspectCommand());
  program.Add(brink::apps::BenchCommand());
  return program.Main(argc, argv);
}
