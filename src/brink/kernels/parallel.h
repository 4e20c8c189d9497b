// The door through which a kernel spreads its work over threads, so that kernels know no pool.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace brink::kernels {

// Non-owning, cheap to copy. A default Parallel runs everything on the caller's thread.
struct Parallel {
  // `task` is in [0, tasks), each exactly once; `thread` is in [0, threads) and no two tasks run at
  // once with the same `thread`, so it may index scratch memory.
  using Task = void (*)(void* arg, int task, int thread);

  int threads = 1;
  void* context = nullptr;
  // Calls fn for every task and returns when all are done. Null: the caller's thread alone.
  void (*run)(void* context, int tasks, Task fn, void* arg) = nullptr;

  // Calls body(task, thread) for every task in [0, tasks), in any order and on any thread.
  template <class Body>
  void For(int tasks, Body&& body) const {
    if (run == nullptr || threads <= 1 || tasks <= 1) {
      for (int task = 0; task < tasks; ++task) body(task, 0);
      return;
    }
    using Callable = std::remove_reference_t<Body>;
    run(
        context, tasks,
        [](void* arg, int task, int thread) { (*static_cast<Callable*>(arg))(task, thread); },
        const_cast<void*>(static_cast<const void*>(std::addressof(body))));
  }
};

}  // namespace brink::kernels
