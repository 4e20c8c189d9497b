#include "process_memory.h"

#include <malloc.h>

namespace brink::apps {

void KeepMemorySmall() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

void KeepMemoryOfRequests() {
  if (mallopt(M_MMAP_THRESHOLD, 8 << 20) == 0) mallopt(M_MMAP_THRESHOLD, 512 << 10);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

void IdleMemory::Tick(uint64_t work_done) {
  if (work_done != seen_) {
    seen_ = work_done;
    kept_ = true;
  } else if (kept_) {
    malloc_trim(0);
    kept_ = false;
  }
}

}  // namespace brink::apps
