#include "program.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>

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

}  // namespace

Program::Program(GetVariable variable)
    : variable_(std::move(variable)),
      root_("brink serves TFLite models at the edge: Seldon's REST from one small program.",
            "brink") {
  root_.set_version_flag("--version", "brink " BRINK_VERSION, "print the version");
  root_.set_help_flag("-h,--help", "print this help");
  root_.get_formatter()->column_width(34);
  root_.get_formatter()->label("TEXT", "");
  root_.get_formatter()->label("REQUIRED", "");
  root_.footer("'brink COMMAND --help' says more of each.");
}

void Program::AddFlag(Subcommand& subcommand, const Setting& setting) const {
  std::string help(setting.help);
  if (!setting.env.empty()) help += " [" + std::string(setting.env) + "]";
  std::vector<std::string>& texts = subcommand.flags[setting.name];
  auto* option = subcommand.app->add_option_function<std::string>(
      setting.Flag(), [&texts](const std::string& text) { texts.push_back(text); }, help);
  option->type_name(std::string(setting.value_name));
  option->trigger_on_parse();  // once for each time that the flag is given
  if (setting.is_switch()) option->expected(0, 1)->default_str("true");
}

void Program::Add(Command command) {
  auto subcommand = std::make_unique<Subcommand>();
  subcommand->command = std::move(command);
  const Command& added = subcommand->command;
  subcommand->app = root_.add_subcommand(added.name, added.help);
  subcommand->app->set_help_flag("-h,--help", "print this help");
  added.arguments(*subcommand->app);
  for (const std::string_view name : added.settings) AddFlag(*subcommand, *FindSetting(name));
  subcommand->app->add_flag("--print-config", subcommand->print_config,
                            "print each setting and where its value comes from, then end");
  if (!added.example.empty()) subcommand->app->footer(added.example);
  subcommands_.push_back(std::move(subcommand));
}

Status Program::Layer(Subcommand& subcommand, Configuration& configuration) const {
  for (const auto& [name, texts] : subcommand.flags) {
    const Setting& setting = *FindSetting(name);
    BRINK_TRY(configuration.Set(setting, texts, Origin::kFlag, setting.Flag()));
  }
  return configuration.SetFromEnvironment(variable_, Origin::kEnvironment);
}

int Program::Run(Subcommand& subcommand) const {
  Configuration configuration;
  if (const Status layered = Layer(subcommand, configuration); !layered) {
    return WrongUse(*subcommand.app, layered.error().message);
  }
  const Command& command = subcommand.command;
  Status status;
  if (command.file_layer) status = command.file_layer(configuration);
  if (status && subcommand.print_config) {
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
  const CLI::App* current = &root_;
  try {
    root_.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return root_.exit(success);
  } catch (const CLI::ParseError& error) {
    for (const auto& subcommand : subcommands_) {
      if (subcommand->app->parsed()) current = subcommand->app;
    }
    return WrongUse(*current, Explain(*current, error));
  }
  for (const auto& subcommand : subcommands_) {
    if (subcommand->app->parsed()) return Run(*subcommand);
  }
  std::string names;
  for (const auto& subcommand : subcommands_) {
    names += (names.empty() ? "" : ", ") + subcommand->command.name;
  }
  return WrongUse(root_, "a command is missing: " + names);
}

}  // namespace brink::apps
