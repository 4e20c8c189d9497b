/* A plugin of qemu-user: counts the instructions that the emulated program executes, and of these the ones on vector registers.
 *
 *   qemu-arm -plugin count_instructions.so,to=FILE PROGRAM
 *
 * writes "INSTRUCTIONS VECTOR-INSTRUCTIONS" to FILE when the program ends. Highway's library tries the clock's resolution when it is
 * loaded, with 2^17 readings and millions of instructions that are never the same twice: whoever opens a file after as many readings
 * starts again at nought. Threads add without locks, so only the count of a program with one thread is exact.
 * Debian ships no header: declared here is what QEMU's documentation of its plugins says of version 1.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn* instruction);
char* qemu_plugin_insn_disas(const struct qemu_plugin_insn* instruction);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb* block));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb* block, int operation, void* counter, uint64_t amount);
void qemu_plugin_register_vcpu_syscall_cb(uint64_t id, void (*called)(uint64_t id, unsigned vcpu, int64_t number, uint64_t, uint64_t,
                                                                      uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
void qemu_plugin_register_atexit_cb(uint64_t id, void (*ended)(uint64_t id, void* data), void* data);

enum { kInlineAdd = 0, kManyReadings = 100000 };

/* Linux's numbers. */
struct calls {
  int64_t open_at, clock_gettime, clock_gettime64;
};
static const struct calls kArm = {322, 263, 403}, kArm64 = {56, 113, 113};

EXPORT int qemu_plugin_version = 1;

static uint64_t executed, vector, readings;
static char path[4096];
static const struct calls* calls = &kArm;

/* "vmla.f32 q8, q9, d0[0]", "vld1.32 {d16-d17}, [r0]", but neither "vmul.f32 s0, s1, s2" nor "vadd.f64 d0, d1, d2". */
static bool text_on_vectors(const char* text) {
  if (text[0] != 'v' || strstr(text, ".f64") != NULL) return false;
  for (const char* at = text; *at != 0; ++at) {
    if (strchr(" {", *at) != NULL && (at[1] == 'q' || at[1] == 'd') && at[2] >= '0' && at[2] <= '9') return true;
  }
  return false;
}

/* Of 64 bits by the encoding, as QEMU's disassembler does not know the dot product: what computes with vectors, and what loads and
 * stores their registers (Arm Architecture Reference Manual for A-profile, C4.1). */
static bool word_on_vectors(uint32_t word) {
  const bool computes = (word & 0x9E000000) == 0x0E000000;
  const bool moves = (word & 0x0E000000) == 0x0C000000;
  return computes || moves;
}

static bool on_vectors(const struct qemu_plugin_insn* instruction) {
  if (calls == &kArm64) return word_on_vectors(*(const uint32_t*)qemu_plugin_insn_data(instruction));
  char* text = qemu_plugin_insn_disas(instruction);
  const bool found = text != NULL && text_on_vectors(text);
  free(text);
  return found;
}

static void translated(uint64_t id, struct qemu_plugin_tb* block) {
  const size_t count = qemu_plugin_tb_n_insns(block);
  size_t on = 0;
  for (size_t i = 0; i < count; ++i) on += on_vectors(qemu_plugin_tb_get_insn(block, i));
  qemu_plugin_register_vcpu_tb_exec_inline(block, kInlineAdd, &executed, count);
  qemu_plugin_register_vcpu_tb_exec_inline(block, kInlineAdd, &vector, on);
}

static void called(uint64_t id, unsigned vcpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                   uint64_t g, uint64_t h) {
  readings += number == calls->clock_gettime || number == calls->clock_gettime64;
  if (number == calls->open_at && readings > kManyReadings) executed = vector = readings = 0;
}

static void ended(uint64_t id, void* data) {
  FILE* file = fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%" PRIu64 " %" PRIu64 "\n", executed, vector);
  fclose(file);
}

/* The rest of what QEMU tells is not looked at. */
struct qemu_info {
  const char* target_name;
};

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info* info, int argc, char** argv) {
  if (strcmp(info->target_name, "aarch64") == 0) calls = &kArm64;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "to=", 3) == 0) snprintf(path, sizeof(path), "%s", argv[i] + 3);
  }
  if (path[0] == 0) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
