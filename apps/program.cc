#include "program.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>

#include "brink/base/closest_name.h"
#include "brink/base/log.h"

namespace brink::apps {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

// One line on standard error, whatever the text holds.
void Complain(const std::string& who, std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  std::fprintf(stderr, "%s: %s\n", who.c_str(), text.c_str());
}

int WrongUse(const CLI::App& app, const std::string& text) {
  const bool root = app.get_parent() == nullptr;
  const std::string who = root ? "brink" : "brink " + app.get_name();
  Complain(who, text + " (see '" + who + " --help')");
  return kWrongUse;
}

// Among the commands and flags of `app`.
std::string DidYouMeanOf(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return DidYouMean(word, views);
}

std::string Explain(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> left = app.remaining(true);
    const std::string first = left.empty() ? "" : left.front();
    return "'" + first + "' is not expected here" +
           DidYouMeanOf(app, first.substr(0, first.find('=')));
  }
  return error.what();
}

Status ConfigureLog(const Config& config) {
  BRINK_ASSIGN(const log::Level level, log::ParseLevel(config.log_level));
  BRINK_ASSIGN(const log::Format format, log::ParseFormat(config.log_format));
  log::Configure({.level = level, .format = format});
  return {};
}

// A command's part of the command line.
struct Subcommand {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  FlagTexts flags;
  bool print_config = false;
};

void Describe(CLI::App& root) {
  root.set_version_flag("--version", "brink " BRINK_VERSION, "print the version");
  root.set_help_flag("-h,--help", "print this help");
  root.get_formatter()->column_width(34);
  root.get_formatter()->label("TEXT", "");
  root.get_formatter()->label("REQUIRED", "");
  root.footer("'brink COMMAND --help' says more of each.");
}

void AddFlag(Subcommand& subcommand, const Setting& setting) {
  std::string help(setting.help);
  if (!setting.env.empty()) help += " [" + std::string(setting.env) + "]";
  std::vector<std::string>& texts = subcommand.flags[setting.name];
  auto* option = subcommand.app->add_option_function<std::string>(
      setting.Flag(), [&texts](const std::string& text) { texts.push_back(text); }, help);
  option->type_name(std::string(setting.value_name));
  option->trigger_on_parse();  // once for each time that the flag is given
  if (setting.is_switch()) option->expected(0, 1)->default_str("true");
}

void AddArguments(Subcommand& subcommand) {
  const Command& command = *subcommand.command;
  subcommand.app->set_help_flag("-h,--help", "print this help");
  command.arguments(*subcommand.app);
  for (const std::string_view name : command.settings) AddFlag(subcommand, *FindSetting(name));
  subcommand.app->add_flag("--print-config", subcommand.print_config,
                           "print each setting and where its value comes from, then end");
  if (!command.example.empty()) subcommand.app->footer(command.example);
}

// Those with arguments that `words` name: all those of all commands take a millisecond, on a small
// machine twenty.
std::vector<std::unique_ptr<Subcommand>> AddCommands(std::span<const Command> commands,
                                                     std::span<const char* const> words,
                                                     CLI::App& root) {
  std::vector<std::unique_ptr<Subcommand>> added;
  for (const Command& command : commands) {
    Subcommand& subcommand = *added.emplace_back(std::make_unique<Subcommand>());
    subcommand.command = &command;
    subcommand.app = root.add_subcommand(command.name, command.help);
    if (std::ranges::find(words, command.name) != words.end()) AddArguments(subcommand);
  }
  return added;
}

}  // namespace

Status Program::Layer(const FlagTexts& flags, Configuration& configuration) const {
  for (const auto& [name, texts] : flags) {
    const Setting& setting = *FindSetting(name);
    BRINK_TRY(configuration.Set(setting, texts, Origin::kFlag, setting.Flag()));
  }
  return configuration.SetFromEnvironment(variable_, Origin::kEnvironment);
}

std::variant<Program::Order, int> Program::Parse(int argc, const char* const* argv) const {
  CLI::App root("brink serves TFLite models at the edge: Seldon's REST from one small program.",
                "brink");
  Describe(root);
  const std::span<const char* const> words(argv, static_cast<size_t>(argc));
  const auto subcommands = AddCommands(commands_, words, root);
  const auto parsed = [&] {
    return std::ranges::find_if(subcommands, [](const auto& s) { return s->app->parsed(); });
  };
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return root.exit(success);
  } catch (const CLI::ParseError& error) {
    const auto current = parsed();
    const CLI::App& app = current == subcommands.end() ? root : *(*current)->app;
    return WrongUse(app, Explain(app, error));
  }
  const auto chosen = parsed();
  if (chosen == subcommands.end()) {
    std::string names;
    for (const Command& command : commands_) names += (names.empty() ? "" : ", ") + command.name;
    return WrongUse(root, "a command is missing: " + names);
  }
  const Subcommand& subcommand = **chosen;
  Order order{.command = subcommand.command, .print_config = subcommand.print_config};
  if (const Status layered = Layer(subcommand.flags, order.configuration); !layered)
    return WrongUse(*subcommand.app, layered.error().message);
  return order;
}

int Program::Run(Order order) {
  const Command& command = *order.command;
  Configuration& configuration = order.configuration;
  Status status;
  if (command.file_layer) status = command.file_layer(configuration);
  if (status && order.print_config) {
    std::fputs(configuration.Print(command.settings).c_str(), stdout);
    return 0;
  }
  if (status) status = ConfigureLog(configuration.values());
  if (status) status = command.action(configuration.values());
  if (status) return 0;
  Complain("brink", status.error().message);
  return command.exit_code != nullptr ? command.exit_code(status.error()) : kFailed;
}

int Program::Main(int argc, const char* const* argv) {
  std::variant<Order, int> parsed = Parse(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  return Run(std::get<Order>(std::move(parsed)));
}

}  // namespace brink::apps
