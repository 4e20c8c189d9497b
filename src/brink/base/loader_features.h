// What glibc's loader has found out of the CPU before the program starts, <sys/platform/x86.h>:
// defines BRINK_LOADER_KNOWS where there is such. To ask the CPU itself takes a virtual machine 10
// us a question.
#pragma once

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#define BRINK_LOADER_KNOWS
#if defined(__clang__)
#define _Bool bool  // NOLINT(bugprone-reserved-identifier): the header's, which is C's alone
#endif
#include <sys/platform/x86.h>
#undef _Bool
#endif
