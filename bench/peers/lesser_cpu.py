"""Makes LiteRT take this CPU for a lesser one.

XNNPACK has no option for it: its library cpuinfo asks the CPU, by instructions that are overwritten in memory by others as long. To be
called when LiteRT is imported and no interpreter made yet.
"""

import ctypes
import mmap

LIBRARY = "libpywrap_litert_common.so"
# `xgetbv` reads which registers the system saves (Intel 64 manual volume 1, section 13.3): 7 is x87's, SSE's and AVX's alone.
NO_AVX512 = (bytes.fromhex("31c9 0f01d0"),  # xor ecx, ecx; xgetbv
             bytes.fromhex("31c9 6a0758"))  # xor ecx, ecx; push 7; pop rax
# `cpuid` tells of AVX-VNNI in leaf 7, subleaf 1 (volume 2, CPUID); subleaf 2 has none of its bits.
NO_AVX_VNNI = (bytes.fromhex("b807000000 b901000000"),  # mov eax, 7; mov ecx, 1
               bytes.fromhex("b807000000 b902000000"))
CPUS = {"avx2": (NO_AVX512, NO_AVX_VNNI), "avx2_vnni": (NO_AVX512,)}  # by the names that BRINK_CPU has for them


def pretend(cpu):
    with open("/proc/self/maps", encoding="ascii") as maps:
        code = next(line.split() for line in maps if line.rstrip().endswith(LIBRARY) and " r-xp " in line)
    begin, at_byte = int(code[0].split("-")[0], 16), int(code[2], 16)
    for asks, answers in CPUS[cpu]:
        places = found(code[-1], asks)
        if not places:
            raise RuntimeError(f"{LIBRARY} does not ask the CPU in the way that is known")
        for place in places:
            overwrite(begin + place - at_byte, answers)


def found(path, wanted, chunk=1 << 20):
    """Where in a file those bytes are: read a little at a time, as whole it would count as this process's memory."""
    places, before, at = set(), b"", 0
    with open(path, "rb") as file:
        while more := file.read(chunk):
            text, start = before + more, at - len(before)
            place = text.find(wanted)
            while place >= 0:
                places.add(start + place)
                place = text.find(wanted, place + 1)
            before, at = text[-len(wanted):], at + len(more)
    return places


def overwrite(address, instructions):
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if protect(address & -mmap.PAGESIZE, 2 * mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), f"{LIBRARY} may not be changed in memory")
    ctypes.memmove(address, instructions, len(instructions))
