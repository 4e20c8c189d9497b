#include "process_memory.h"

#include <malloc.h>

namespace brink::apps {

void KeepMemorySmall() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

void KeepMemoryOfRequests() {
  if (mallopt(M_MMAP_THRESHOLD, 8 << 20) == 0) mallopt(M_MMAP_THRESHOLD, 512 << 10);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

void IdleMemory::Tick() {
  struct mallinfo2 now = mallinfo2();
  const bool idle = now.uordblks == used_ && now.fordblks == free_;
  if (idle && given_back_) return;
  if (idle) {
    malloc_trim(0);
    now = mallinfo2();
  }
  given_back_ = idle;
  used_ = now.uordblks;
  free_ = now.fordblks;
}

}  // namespace brink::apps
