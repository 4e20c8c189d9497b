#include "fake_model.h"

#include "brink/api/convert.h"

namespace brink::testing {

Result<api::Answer> FakeModel::Predict(api::Message input) {
  BRINK_ASSIGN(Tensor tensor, api::ToTensor(std::move(input.payload), Type::kFloat32));
  const Shape wanted{1, 260, 260, 3};
  if (tensor.shape() != wanted) {
    return Fail(Code::kInvalidArgument, "input 'data_1': shape " + tensor.shape().ToString() +
                                            ", model wants " + wanted.ToString());
  }
  last_input = std::move(tensor);
  api::Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = next_answer.Clone()});
  return api::Answer{.payload = std::move(tensors)};
}

}  // namespace brink::testing
