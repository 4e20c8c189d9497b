// Calls the variant of a function that was compiled for the CPU target in use. Only for this room's
// sources, after hwy/highway.h.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>

namespace brink::kernels {

// Applies BRINK_CPU once; cheap afterwards.
void PrepareCpu();

// Whether the target in use is one with products of bytes that Highway does not know.
bool UsesByteVariant();

// What tells the target in use from all others.
ptrdiff_t CpuTargetKey();

// What differs by target and is made on first use: one value a target, which lives for ever.
template <class Value>
class PerTarget {
 public:
  template <class Make>
  const Value& Get(Make make) {
    const ptrdiff_t target = CpuTargetKey();
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(target);
    return found != values_.end() ? found->second : values_.emplace(target, make()).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<ptrdiff_t, Value> values_;
};

}  // namespace brink::kernels

// As HWY_DYNAMIC_DISPATCH, honouring BRINK_CPU.
#define BRINK_DISPATCH(function) (::brink::kernels::PrepareCpu(), HWY_DYNAMIC_DISPATCH(function))

// The same for a function of a file that is compiled for such a target too (BRINK_BYTE_SOURCES in
// CMakeLists.txt), after BRINK_EXPORT_BYTES.
#ifdef BRINK_BYTE_NAMESPACE
#define BRINK_EXPORT_BYTES(function)                \
  HWY_EXPORT(function);                             \
  namespace BRINK_BYTE_NAMESPACE {                  \
  decltype(HWY_STATIC_DISPATCH(function)) function; \
  }                                                 \
  static_assert(true, "wants a semicolon")
#define BRINK_DISPATCH_BYTES(function) \
  (::brink::kernels::UsesByteVariant() ? BRINK_BYTE_NAMESPACE::function : BRINK_DISPATCH(function))
#else
#define BRINK_EXPORT_BYTES(function) HWY_EXPORT(function)
#define BRINK_DISPATCH_BYTES(function) BRINK_DISPATCH(function)
#endif

// And where that target is AVX2 with AVX-VNNI.
#if HWY_ARCH_X86
#define BRINK_EXPORT_VNNI(function) BRINK_EXPORT_BYTES(function)
#define BRINK_DISPATCH_VNNI(function) BRINK_DISPATCH_BYTES(function)
#else
#define BRINK_EXPORT_VNNI(function) HWY_EXPORT(function)
#define BRINK_DISPATCH_VNNI(function) BRINK_DISPATCH(function)
#endif
