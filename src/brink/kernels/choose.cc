#include "brink/kernels/choose.h"

#include <utility>

namespace brink::kernels {
namespace {

thread_local std::string preferred;

}  // namespace

PreferKernel::PreferKernel(std::string name) { preferred = std::move(name); }
PreferKernel::~PreferKernel() { preferred.clear(); }
std::string_view PreferKernel::Name() { return preferred; }

}  // namespace brink::kernels
