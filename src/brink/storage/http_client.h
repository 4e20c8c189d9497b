// Small questions to a server: listings, tokens, manifests. The answer is held in memory, within a
// limit. storage/ only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "brink/storage/request.h"
#include "brink/storage/storage.h"

namespace brink::storage {

struct Answer {
  long status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const;  // "" when it is not there
};

// Makes the request anew for each attempt, so that its signature is of now.
using MakeRequest = std::function<Result<Request>()>;

// Tries again, within the options' patience, while the server fails or cannot be reached. Any other
// status is an answer.
Result<Answer> Ask(const MakeRequest& make, const FetchOptions& options);
// The same where only 200 is an answer; the error has the server's own code where it gave one.
Result<Answer> AskForOk(const MakeRequest& make, const FetchOptions& options);
// What AskForOk says of an answer.
Error ErrorOf(const Answer& answer);

// "a=b&c=d" with values percent-encoded.
std::string FormOf(const std::map<std::string, std::string>& values);

}  // namespace brink::storage
