// In which of its three forms a client's `data` came: a numeric answer goes back in the same.
#pragma once

namespace brink::protocols::seldon_v1 {

enum class DataKind { kNone, kTensor, kNdarray, kTftensor };  // kNone: the request had no `data`

}  // namespace brink::protocols::seldon_v1
