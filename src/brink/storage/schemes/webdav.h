// Files of a WebDAV server (RFC 4918). storage/ only.
#pragma once

#include <memory>
#include <string>

#include "brink/storage/source.h"

namespace brink::storage {

struct WebdavSettings {
  std::string url;  // of the root, without '/' at its end
  std::string user;
  std::string password;
  std::string bearer_token;
};

std::unique_ptr<Source> MakeWebdavSource(WebdavSettings settings, const std::string& path);

}  // namespace brink::storage
