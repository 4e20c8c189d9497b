// What a scheme makes of a URI: something on this machine, or a server's objects. storage/ only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/storage/request.h"
#include "brink/storage/storage.h"

namespace brink::storage {

// One object of a source.
struct Item {
  std::string name;    // where it goes, relative to the folder: no "..", no empty part
  std::string key;     // what the source calls it
  int64_t bytes = -1;  // as the source told; -1: not told
  std::string sha256;  // the same; empty: not told
  // Names the bytes within everything that has the same beginning up to the first space ("ENDPOINT
  // ETAG"): equal ids are equal bytes. Empty: not told.
  std::string content_id;
  bool unpack = false;          // an archive whose files are what is wanted
  std::string only_below = {};  // of an archive: only files below this folder, without its name
};

class Source {
 public:
  virtual ~Source() = default;

  // The objects that the URI names; never empty: what is not there is kNotFound.
  virtual Result<std::vector<Item>> List(const FetchOptions& options) = 0;
  // The GET that reads `item`, signed now: asked for again at each attempt.
  virtual Result<Request> Read(const Item& item, const FetchOptions& options) = 0;
};

// Either a path on this machine or a source.
struct Opened {
  std::string path;
  std::unique_ptr<Source> source;
  std::shared_ptr<void> keep = {};  // while it lives `path` is there
};

}  // namespace brink::storage
