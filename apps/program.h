// The frame around brink's subcommands: flags, layers of configuration, help, exit codes. 0: done;
// 1: it failed, with one line that says why (a command may tell failures apart by other codes); 2:
// wrong use, with one line that says what to do.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "config.h"

namespace brink::apps {

// A subcommand as data.
struct Command {
  std::string name;
  std::string help;                                  // one line
  std::string example;                               // the end of its --help
  std::vector<std::string_view> settings;            // whose flags it takes
  std::function<void(CLI::App&)> arguments;          // adds its own arguments and flags
  std::function<Status(Configuration&)> file_layer;  // adds what its file says; may be empty
  std::function<Status(const Config&)> action;
  int (*exit_code)(const Error&) = nullptr;  // of a failed action; 1 when not given
};

class Program {
 public:
  explicit Program(GetVariable variable);

  void Add(Command command);
  // The exit code.
  int Main(int argc, const char* const* argv);

 private:
  struct Subcommand {
    Command command;
    CLI::App* app = nullptr;
    std::map<std::string_view, std::vector<std::string>> flags;  // by setting
    bool print_config = false;
  };
  int Run(Subcommand& subcommand) const;
  // Flags, environment, file: in this order each takes what no stronger one has set.
  Status Layer(Subcommand& subcommand, Configuration& configuration) const;
  void AddFlag(Subcommand& subcommand, const Setting& setting) const;

  GetVariable variable_;
  CLI::App root_;
  std::vector<std::unique_ptr<Subcommand>> subcommands_;
};

}  // namespace brink::apps
