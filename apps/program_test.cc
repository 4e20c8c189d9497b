#include "program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::apps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One run of a program with a single command, "serve NAME", and what it wrote.
struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
  std::string name;
  Config config;
};

Outcome Execute(std::vector<const char*> arguments,
                std::map<std::string, std::string> environment = {}, Status result = {}) {
  Outcome outcome;
  Program program([environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
  program.Add({.name = "serve",
               .help = "Serve a thing",
               .example = "example: brink serve x",
               .settings = {"http_port", "mirror", "threads", "log_level"},
               .arguments =
                   [&](CLI::App& app) {
                     app.add_option("NAME", outcome.name, "what to serve")->required();
                   },
               .file_layer =
                   [](Configuration& configuration) {
                     return configuration.Set(*FindSetting("threads"), {"7"}, Origin::kFile,
                                              "x.yaml:3");
                   },
               .action =
                   [&](const Config& config) {
                     outcome.config = config;
                     return result;
                   }});
  arguments.insert(arguments.begin(), "brink");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.code = program.Main(static_cast<int>(arguments.size()), arguments.data());
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(Program, LayersFlagsEnvironmentAndFile) {
  const Outcome outcome =
      Execute({"serve", "--http-port", "1", "--mirror", "a=b", "x", "--mirror=c=d"},
              {{"BRINK_HTTP_PORT", "2"}, {"SELDON_LOG_LEVEL", "ERROR"}});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.name, "x");
  EXPECT_EQ(outcome.config.http_port, 1);
  EXPECT_THAT(outcome.config.mirror, ElementsAre("a=b", "c=d"));
  EXPECT_EQ(outcome.config.threads, 7);
  EXPECT_EQ(outcome.config.log_level, "ERROR");
}

TEST(Program, PrintConfigTellsValuesAndOriginsAndRunsNothing) {
  const Outcome outcome = Execute({"serve", "x", "--print-config"}, {{"BRINK_HTTP_PORT", "2"}},
                                  Fail(Code::kInternal, "ran"));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "http_port = 2  (BRINK_HTTP_PORT)\n"
            "threads = 7  (x.yaml:3)\n"
            "mirror =   (default)\n"
            "log_level = info  (default)\n");
}

TEST(Program, WrongUseIsOneLineAndExitCode2) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> cases = {
      {{}, "brink: a command is missing: serve (see 'brink --help')\n"},
      {{"srve"},
       "brink: 'srve' is not expected here (did you mean 'serve'?) (see 'brink --help')\n"},
      {{"serve"}, "brink serve: NAME is required (see 'brink serve --help')\n"},
      {{"serve", "x", "y"}, "brink serve: 'y' is not expected here (see 'brink serve --help')\n"},
      {{"serve", "x", "--http-prt", "1"},
       "brink serve: '--http-prt' is not expected here (did you mean '--http-port'?) (see 'brink "
       "serve --help')\n"},
      {{"serve", "x", "--http-port", "many"},
       "brink serve: --http-port: want a number from 0 to 65535, got 'many' (see 'brink serve "
       "--help')\n"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = Execute(arguments);
    EXPECT_EQ(outcome.code, 2) << message;
    EXPECT_EQ(outcome.err, message);
    EXPECT_EQ(outcome.out, "");
  }
  const Outcome outcome = Execute({"serve", "x"}, {{"BRINK_THREADS", "lots"}});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("BRINK_THREADS: want a number from 0 to 256, got 'lots'"));
}

TEST(Program, AFailureIsOneLineAndExitCode1) {
  const Outcome outcome = Execute({"serve", "x"}, {}, Fail(Code::kNotFound, "no\nmodel"));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "brink: no model\n");
}

TEST(Program, HelpAndVersionArePrinted) {
  const Outcome help = Execute({"serve", "--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* text : {"Serve a thing", "NAME", "--http-port PORT", "[BRINK_HTTP_PORT]",
                           "--print-config", "example: brink serve x"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
  EXPECT_EQ(Execute({"--version"}).out.substr(0, 6), "brink ");
}

}  // namespace
}  // namespace brink::apps
