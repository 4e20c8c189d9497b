// What servers' listings say, a page at a time: bytes in, objects out. storage/ only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::storage {

struct ListedObject {
  std::string key;
  int64_t bytes = -1;
  std::string etag;    // or whatever names the content
  std::string sha256;  // where the server tells
};

struct ListingPage {
  std::vector<ListedObject> objects;
  std::string next;  // what asks for the next page; empty: the last
};

// S3's ListObjectsV2.
Result<ListingPage> ParseS3Page(std::string_view xml);
// Azure's List Blobs; folders of a hierarchical name space are left out.
Result<ListingPage> ParseAzurePage(std::string_view xml);
// WebDAV's PROPFIND: keys are paths as in the hrefs, decoded; those of folders end with '/'.
Result<ListingPage> ParseWebdavPage(std::string_view xml);
// Google's JSON API, objects: list.
Result<ListingPage> ParseGsPage(std::string_view json);
// Hugging Face's tree of a revision.
Result<ListingPage> ParseHfPage(std::string_view json);

}  // namespace brink::storage
