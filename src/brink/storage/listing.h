// Object stores know keys, not folders: what a path means among them. storage/ only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "brink/storage/listing_page.h"
#include "brink/storage/source.h"

namespace brink::storage {

// A page of the keys that begin with `prefix`, in the order of their bytes, at most `most`; `from`
// is the `next` of the page before, empty for the first.
using ListPage = std::function<Result<ListingPage>(const std::string& prefix,
                                                   const std::string& from, int most)>;

// The object `path`, or all below it as a folder: "models/a" is never "models/ab". A store that
// does not let itself be listed gives the one object. `scope` says among which objects an ETag
// names a content.
Result<std::vector<Item>> ListKeys(const std::string& path, const ListPage& list,
                                   const FetchOptions& options, const std::string& scope);

}  // namespace brink::storage
