#include "brink/storage/download.h"

#include "brink/storage/downloader.h"

namespace brink::storage {

Result<Downloaded> Download(const DownloadTask& task, const FetchOptions& options) {
  while (true) {
    Downloader downloader(task, options);
    BRINK_ASSIGN(Downloaded downloaded, downloader.Run());
    const bool right = downloaded.not_modified || task.wanted_sha256.empty() ||
                       downloaded.sha256 == task.wanted_sha256;
    if (right) return downloaded;
    BRINK_TRY(task.file->Restart({}));
    // What an earlier process left may be to blame: once more, from the beginning.
    if (downloader.resumed()) continue;
    return Fail(Code::kDataLoss,
                "SHA-256: want " + task.wanted_sha256 + ", got " + downloaded.sha256);
  }
}

}  // namespace brink::storage
