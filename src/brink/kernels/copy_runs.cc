#include "brink/kernels/copy_runs.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/copy_runs.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// The last vector is moved back to be whole: it writes some bytes twice.
HWY_INLINE void CopyRun(const uint8_t* HWY_RESTRICT from, uint8_t* HWY_RESTRICT to, size_t bytes) {
  constexpr hn::CappedTag<uint8_t, kLeastRun> kBytes;
  constexpr size_t kVector = hn::MaxLanes(kBytes);
  const size_t last = bytes - kVector;
  for (size_t i = 0; i < last; i += kVector)
    hn::StoreU(hn::LoadU(kBytes, from + i), kBytes, to + i);
  hn::StoreU(hn::LoadU(kBytes, from + last), kBytes, to + last);
}

}  // namespace

void CopyRunsOf(const RunPlane& plane, const std::byte* from, std::byte* to) {
  for (int64_t row = 0; row < plane.rows; ++row) {
    const std::byte* source = from + row * plane.from_row;
    std::byte* target = to + row * plane.to_row;
    for (int64_t column = 0; column < plane.columns; ++column) {
      CopyRun(reinterpret_cast<const uint8_t*>(source), reinterpret_cast<uint8_t*>(target),
              plane.bytes);
      source += plane.from_column;
      target += plane.to_column;
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(CopyRunsOf);

CopyRunsFunction ChooseCopyRuns() { return BRINK_DISPATCH(CopyRunsOf); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
