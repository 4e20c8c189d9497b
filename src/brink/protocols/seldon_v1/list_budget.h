// What the messages of one request may take together. A short tftensor is filled up to its shape,
// and a message without anything is two bytes: little alone, without limit in a list.
#pragma once

#include <cstddef>
#include <cstdint>

#include "brink/api/message.h"
#include "brink/base/result.h"

namespace brink::protocols::seldon_v1 {

class ListBudget {
 public:
  explicit ListBudget(size_t request_bytes);

  // Counts a message that was decoded; fails once all of them take far more memory than the
  // request.
  Status Take(const api::Message& message);

 private:
  uint64_t left_;
};

}  // namespace brink::protocols::seldon_v1
