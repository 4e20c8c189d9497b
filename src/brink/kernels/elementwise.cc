#include "brink/kernels/elementwise.h"

#include "brink/kernels/reference/elementwise.h"

namespace brink::kernels {

void Logistic(const UnaryArguments& arguments, const Parallel&) { reference::Logistic(arguments); }
void Clamp(FloatRange range, const UnaryArguments& arguments, const Parallel&) {
  reference::Clamp(range, arguments);
}
void Tanh(const UnaryArguments& arguments, const Parallel&) { reference::Tanh(arguments); }
void Binary(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments,
            const Parallel&) {
  reference::Binary(op, broadcast, arguments);
}

}  // namespace brink::kernels
