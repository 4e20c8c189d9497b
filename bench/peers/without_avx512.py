"""Makes LiteRT take this CPU for one without AVX-512, as many small machines are.

XNNPACK has no option for it: its library cpuinfo asks the CPU. It reads with `xgetbv` which registers the system saves (Intel 64 manual
volume 1, section 13.3: bits 5 to 7 of XCR0 are AVX-512's), so that instruction is overwritten in memory by `push 7; pop rax`, as long as
it: x87, SSE and AVX alone. To be called when LiteRT is imported and no interpreter made yet.
"""

import ctypes
import mmap

READ_XCR0 = bytes.fromhex("31c9 0f01d0")  # xor ecx, ecx; xgetbv
SAY_AVX = bytes.fromhex("31c9 6a0758")  # xor ecx, ecx; push 7; pop rax
LIBRARY = "libpywrap_litert_common.so"


def hide():
    with open("/proc/self/maps", encoding="ascii") as maps:
        code = next(line for line in maps if line.rstrip().endswith(LIBRARY) and " r-xp " in line)
    begin, end = (int(address, 16) for address in code.split()[0].split("-"))
    text = ctypes.string_at(begin, end - begin)
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    at, found = text.find(READ_XCR0), 0
    while at >= 0:
        page = (begin + at) & -mmap.PAGESIZE
        if protect(page, 2 * mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC):
            raise OSError(ctypes.get_errno(), f"{LIBRARY} may not be changed in memory")
        ctypes.memmove(begin + at, SAY_AVX, len(SAY_AVX))
        found += 1
        at = text.find(READ_XCR0, at + 1)
    if not found:
        raise RuntimeError(f"{LIBRARY} does not ask for AVX-512 in the way that is known")
