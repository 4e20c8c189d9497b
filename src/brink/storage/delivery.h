// Files brought into the folder that a pod's containers share. storage/ only.
//
//   FOLDER/.brink-fetch/   what is under way; gone when all is there
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/storage/storage.h"

namespace brink::storage {

// A folder that a fetch fills: one process at a time, and nothing appears in it before everything
// lies beside it, whole and on the disk. Then files, and folders that are new, get their names by
// rename, one after the other: a kill between two of them leaves whole files only, and
// ".brink-fetch" until the next fetch has ended it.
class Delivery {
 public:
  // Makes the folder, waits for its lock, and clears what a killed process left.
  static Result<Delivery> Open(const std::string& folder, const std::atomic<bool>* cancelled);

  // Copies the file, or every file below the folder, to where it waits for Finish. Links are
  // followed; names that begin with ".." are passed over, as Kubernetes' mounted volumes have them.
  Status Copy(const std::string& path);
  Status CopyFile(const std::string& from, const std::string& name);
  // The same without a copy, where the file system can: of a file in StorePath.
  Status Link(const std::string& path, const std::string& name);
  // Every file of an archive.
  Status Unpack(const std::string& archive, const std::string& only_below,
                const FetchOptions& options);
  // Where downloads of this folder may lie; on its file system, gone with Finish.
  std::string StorePath() const;
  // Gives every file its name and removes the folder of what was under way.
  Result<Delivered> Finish();

 private:
  Delivery(std::string folder, std::shared_ptr<void> lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string Waiting(const std::string& name) const;
  Status PlaceFile(const std::string& name) const;

  std::string folder_;
  std::shared_ptr<void> lock_;
  std::vector<std::string> names_;  // relative to the folder
  bool in_place_ = false;           // what was copied is the folder itself
  Delivered delivered_;
  const std::atomic<bool>* cancelled_ = nullptr;
};

}  // namespace brink::storage
