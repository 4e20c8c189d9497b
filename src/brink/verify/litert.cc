#include "brink/verify/litert.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "brink/base/file.h"
#include "brink/engine/made_up.h"
#include "brink/verify/check.h"
#include "brink/verify/npy.h"

namespace brink::verify {
namespace {

// A process for each family of kernels: the reference ones end it at a model that the others run,
// such as one whose softmax has an input of a tiny scale. Only the default ones have to answer.
constexpr const char* kScript = R"py(
import os
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
model, folder = sys.argv[1:]

def record(family, resolver):
    interpreter = Interpreter(model, num_threads=1, experimental_op_resolver_type=resolver)
    values = [np.load(f"{folder}/in{i}.npy") for i in range(len(interpreter.get_input_details()))]
    for detail, value in zip(interpreter.get_input_details(), values):
        if tuple(detail["shape"]) != value.shape:
            interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    for step in ("", "step1_", "step2_"):
        for detail, value in zip(interpreter.get_input_details(), values):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        for i, detail in enumerate(interpreter.get_output_details()):
            np.save(f"{folder}/{step}out{i}{family}.npy", interpreter.get_tensor(detail["index"]))

for family, resolver in (("_ref", OpResolverType.BUILTIN_REF), ("_nodel", OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)):
    child = os.fork()
    if child == 0:
        record(family, resolver)
        os._exit(0)
    os.waitpid(child, 0)
record("", OpResolverType.AUTO)
)py";

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// Runs it with what it says in `log`.
Status RunPython(const std::string& python, const std::string& script, const std::string& model,
                 const std::string& folder) {
  const std::string log = folder + "/python.log";
  std::string words[] = {python, script, model, folder};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  posix_spawn_file_actions_t files{};
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t process = 0;
  const int failure = posix_spawnp(&process, python.c_str(), &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) {
    return Fail(Code::kNotFound, "cannot start " + python + ": " + std::strerror(failure));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  // POSIX lets posix_spawn tell what it finds late in this way.
  constexpr int kNotStarted = 127;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotStarted) {
    return Fail(Code::kNotFound, "cannot start " + python);
  }
  const auto said = ReadTextFile(log, size_t{1} << 20);
  return Fail(Code::kFailedPrecondition,
              "LiteRT (" + python + "): " + LastLine(said ? *said : "no message"));
}

}  // namespace

Result<Case> RecordLiteRt(const std::string& model, const std::string& folder,
                          const std::string& python) {
  BRINK_ASSIGN(const auto graph, model::ReadModel(model));
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(graph));
  std::mt19937 random(1);
  const auto inputs = engine::MakeUpInputs(*plan, random);
  for (size_t i = 0; i < inputs.size(); ++i) {
    BRINK_TRY(WriteNpy(folder + "/in" + std::to_string(i) + ".npy", inputs[i]));
  }
  const std::string script = folder + "/record.py";
  BRINK_TRY(WriteFile(script, std::as_bytes(std::span(kScript, std::strlen(kScript)))));
  BRINK_TRY(RunPython(python, script, model, folder));
  const Rules rules = RulesOf(*graph);
  return Case{.name = model,
              .model = model,
              .folder = folder,
              .signature = "",
              .quantised = rules.quantised,
              .single_operator = rules.single_operator};
}

}  // namespace brink::verify
