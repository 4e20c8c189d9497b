// The frame around brink's subcommands: flags, layers of configuration, help, exit codes. 0: done;
// 1: it failed, with one line that says why (a command may tell failures apart by other codes); 2:
// wrong use, with one line that says what to do.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
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

// What was given for each flag, by the setting's name.
using FlagTexts = std::map<std::string_view, std::vector<std::string>>;

class Program {
 public:
  explicit Program(GetVariable variable) : variable_(std::move(variable)) {}

  void Add(Command command) { commands_.push_back(std::move(command)); }
  // The exit code.
  int Main(int argc, const char* const* argv);

 private:
  // What a command line asks for.
  struct Order {
    const Command* command = nullptr;
    Configuration configuration;
    bool print_config = false;
  };
  // An order, or the exit code of a command line that wants none or is wrong.
  std::variant<Order, int> Parse(int argc, const char* const* argv) const;
  // Flags, then the environment: each takes what no stronger one has set.
  Status Layer(const FlagTexts& flags, Configuration& configuration) const;
  static int Run(Order order);

  GetVariable variable_;
  std::vector<Command> commands_;
};

}  // namespace brink::apps
