#include "brink/ops/convolution.h"

#include "brink/ops/conv_form.h"

namespace brink::ops {

Result<Prepared> PrepareConvolution(const NodeView& node, const Convolution& convolution) {
  BRINK_ASSIGN(ConvForm form, ConvForm::Read(node, {.layout = convolution.layout,
                                                    .filter_axis = convolution.filter_axis,
                                                    .out_channels = convolution.shape.out_channels,
                                                    .float_scales = convolution.float_scales}));
  BRINK_ASSIGN(Prepared prepared,
               OneConvStep(node, std::make_shared<const ConvForm>(std::move(form)),
                           convolution.shape, convolution.output));
  if (!node.border.empty()) prepared.kernel += " + pad";
  return prepared;
}

}  // namespace brink::ops
