#include "brink/storage/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/base/scripted_server.h"
#include "brink/base/sha256.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Sha(const std::string& text) { return Sha256Hex(std::as_bytes(std::span(text))); }

std::string Ok(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void Write(const fs::path& path, const std::string& text) {
  ASSERT_TRUE(WriteFile(path, std::as_bytes(std::span(text))));
}

// A cache of its own for each test.
class Storage : public testing::Test {
 protected:
  void SetUp() override {
    setenv("no_proxy", "127.0.0.1", 1);  // whatever proxy this machine uses
    std::string name = (fs::temp_directory_path() / "brink-storage-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.cache_dir = folder_ / "cache";
    options_.stall_timeout = std::chrono::seconds(1);
    options_.patience = std::chrono::milliseconds(1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Content(const Fetched& fetched) const {
    return ReadTextFile(fetched.path, size_t{1} << 24).value();
  }
  std::string ErrorOf(const std::string& uri) const {
    const auto fetched = Fetch(uri, options_);
    return fetched ? "fetched"
                   : std::string(CodeName(fetched.error().code)) + " " + fetched.error().message;
  }
  // Regular files anywhere in the cache.
  int FilesInCache() const {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(options_.cache_dir)) {
      const bool lock = entry.path().filename().string().ends_with("lock");
      files += entry.is_regular_file() && !lock ? 1 : 0;
    }
    return files;
  }

  fs::path folder_;
  FetchOptions options_;
};

TEST_F(Storage, PathsAndFileUrisAreReadWhereTheyLie) {
  const fs::path file = folder_ / "a model.tflite";
  Write(file, "model");
  const std::string escaped = folder_.string() + "/a%20model.tflite";
  for (const std::string& uri : {file.string(), "file://" + escaped, "file://localhost" + escaped,
                                 "file:" + escaped, "FILE://" + escaped}) {
    const auto fetched = Fetch(uri, options_);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->path, file);
    EXPECT_EQ(fetched->sha256, Sha("model"));
  }
  EXPECT_FALSE(fs::exists(options_.cache_dir));
}

TEST_F(Storage, AFolderIsItself) {
  const auto fetched = Fetch(folder_, options_);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->path, folder_);
  EXPECT_EQ(fetched->sha256, "");
}

TEST_F(Storage, WhatIsNoModelOnThisMachineIsSaid) {
  EXPECT_EQ(ErrorOf(""), "INVALID_ARGUMENT the model's URI is empty");
  EXPECT_EQ(ErrorOf("/a\nb"), "INVALID_ARGUMENT the model's URI holds a control character");
  EXPECT_EQ(ErrorOf("/nowhere/m.tflite"), "NOT_FOUND /nowhere/m.tflite: no such file or folder");
  EXPECT_EQ(ErrorOf("file://host/m"),
            "INVALID_ARGUMENT file://host/m: file: URIs name this machine, not the host 'host': "
            "want file:///path");
  EXPECT_THAT(ErrorOf("gopher://models/face"),
              StartsWith("UNIMPLEMENTED gopher://models/face: scheme 'gopher:' is not supported: a "
                         "path, file:, pvc:, http:, https:"));
  EXPECT_EQ(ErrorOf("pvc://models/nowhere"),
            "NOT_FOUND pvc://models/nowhere: /mnt/pvc/nowhere (where the claim should be mounted): "
            "no such file or folder");
  EXPECT_EQ(ErrorOf("file:///a%00b"),
            "INVALID_ARGUMENT file:///a%00b: a path cannot hold a zero byte");
  const fs::path fifo = folder_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf(fifo), HasSubstr("neither a regular file nor a folder"));
}

TEST_F(Storage, AnotherSha256ThanWantedIsDataLoss) {
  ScriptedServer server([](const auto&, const Connection& c) { c.Send(Ok("model")); });
  Write(folder_ / "m", "model");
  options_.sha256 = Sha("other");
  EXPECT_THAT(ErrorOf(folder_ / "m"), StartsWith("DATA_LOSS"));
  EXPECT_EQ(ErrorOf(server.Url("/m")), "DATA_LOSS " + server.Url("/m") + ": SHA-256: want " +
                                           Sha("other") + ", got " + Sha("model"));
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(Storage, TheLongestMirrorDecides) {
  Write(folder_ / "m", "model");
  options_.mirrors = {{"https://example.com/", "https://wrong.invalid/"},
                      {"https://example.com/models/", folder_.string() + "/"}};
  const auto fetched = Fetch("https://example.com/models/m", options_);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->path, folder_ / "m");
  EXPECT_EQ(fetched->source, folder_ / "m");
  EXPECT_EQ(ErrorOf("https://example.com/models/x"),
            "NOT_FOUND https://example.com/models/x (read at " + (folder_ / "x").string() +
                "): no such file or folder");
}

TEST_F(Storage, ADownloadIsKeptUnderItsName) {
  ScriptedServer server([](const auto&, const Connection& c) { c.Send(Ok("model")); });
  uint64_t seen = 0;
  options_.on_progress = [&](const Progress& progress) {
    seen = progress.bytes;
    EXPECT_EQ(progress.total, 5u);
  };
  const auto fetched = Fetch(server.Url("/dir/face.tflite"), options_);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(Content(*fetched), "model");
  EXPECT_EQ(fetched->sha256, Sha("model"));
  EXPECT_EQ(fs::path(fetched->path).filename(), "face.tflite");
  EXPECT_FALSE(fetched->from_cache);
  EXPECT_EQ(seen, 5u);
  EXPECT_EQ(FilesInCache(), 2);  // the content and the record: nothing temporary
}

TEST_F(Storage, ASecondFetchAsksOnlyWhetherItChanged) {
  ScriptedServer server([](const std::string& head, const Connection& c) {
    const bool same = head.find("If-None-Match: \"v1\"\r\n") != std::string::npos;
    c.Send(same ? "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n"
                : Ok("model", "ETag: \"v1\"\r\n"));
  });
  const auto first = Fetch(server.Url("/m"), options_);
  const auto second = Fetch(server.Url("/m"), options_);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->from_cache);
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(first->path, second->path);
}

TEST_F(Storage, AChangedSourceIsFetchedAndTheOldContentStays) {
  std::atomic<int> version{1};
  ScriptedServer server([&](const auto&, const Connection& c) {
    const std::string text = std::to_string(version);
    c.Send(Ok("model " + text, "ETag: \"" + text + "\"\r\n"));
  });
  const auto first = Fetch(server.Url("/m"), options_).value();
  version = 2;
  const auto second = Fetch(server.Url("/m"), options_).value();
  EXPECT_EQ(Content(first), "model 1");
  EXPECT_EQ(Content(second), "model 2");
}

TEST_F(Storage, AWantedSha256InTheCacheNeedsNoNetwork) {
  ScriptedServer server([](const auto&, const Connection& c) { c.Send(Ok("model")); });
  options_.sha256 = Sha("model");
  ASSERT_TRUE(Fetch(server.Url("/m"), options_));
  const auto again = Fetch(server.Url("/m"), options_);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->from_cache);
  EXPECT_EQ(server.heads().size(), 1u);
}

TEST_F(Storage, AnUnreachableSourceIsServedFromTheCache) {
  auto server = std::make_unique<ScriptedServer>(
      [](const auto&, const Connection& c) { c.Send(Ok("model", "ETag: \"v1\"\r\n")); });
  const std::string url = server->Url("/m");
  ASSERT_TRUE(Fetch(url, options_));
  server.reset();
  const auto again = Fetch(url, options_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->from_cache);
  EXPECT_EQ(Content(*again), "model");
  options_.cache_dir = folder_ / "empty";
  EXPECT_THAT(ErrorOf(url), StartsWith("UNAVAILABLE " + url + ": "));
}

TEST_F(Storage, AGoneSourceIsAnErrorInSpiteOfTheCache) {
  std::atomic<bool> gone{false};
  ScriptedServer server([&](const auto&, const Connection& c) {
    c.Send(gone ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" : Ok("model"));
  });
  ASSERT_TRUE(Fetch(server.Url("/m"), options_));
  gone = true;
  EXPECT_EQ(ErrorOf(server.Url("/m")), "NOT_FOUND " + server.Url("/m") + ": HTTP 404 Not Found");
}

TEST_F(Storage, ADamagedCopyIsFetchedAgain) {
  ScriptedServer server(
      [](const auto&, const Connection& c) { c.Send(Ok("model", "ETag: \"v1\"\r\n")); });
  const auto first = Fetch(server.Url("/m"), options_).value();
  for (const char* damage : {"mod", "m0del", "model and more"}) {
    Write(first.path, damage);
    const auto again = Fetch(server.Url("/m"), options_);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->from_cache);
    EXPECT_EQ(Content(*again), "model");
  }
  EXPECT_THAT(server.heads().back(), Not(HasSubstr("If-None-Match")));
}

TEST_F(Storage, ARecordThatSomebodyForgedIsNotBelieved) {
  ScriptedServer server(
      [](const auto&, const Connection& c) { c.Send(Ok("model", "ETag: \"v1\"\r\n")); });
  Write(folder_ / "secret", "secret");
  ASSERT_TRUE(Fetch(server.Url("/m"), options_));
  const fs::path record = fs::directory_iterator(fs::path(options_.cache_dir) / "uris")->path();
  const std::string digest = Sha("secret");
  for (const std::string& forged :
       {std::string("{"), std::string("[]"), std::string(100'000, '['),
        R"({"sha256":")" + digest + R"(","name":"../../../secret","size":6,"etag":"v1"})",
        R"({"sha256":"../../)" + digest.substr(6) + R"(","name":"secret","size":6})"}) {
    Write(record, forged);
    const auto fetched = Fetch(server.Url("/m"), options_);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_FALSE(fetched->from_cache);
    EXPECT_EQ(Content(*fetched), "model");
  }
}

TEST_F(Storage, RedirectsAreFollowed) {
  ScriptedServer server([](const std::string& head, const Connection& c) {
    if (head.starts_with("GET /m ")) {
      c.Send(
          "HTTP/1.1 302 Found\r\nLocation: /there\r\nETag: \"wrong\"\r\nContent-Length: "
          "4\r\n\r\npage");
    } else {
      c.Send(Ok("model", "ETag: \"right\"\r\n"));
    }
  });
  const auto fetched = Fetch(server.Url("/m"), options_);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(Content(*fetched), "model");
  ASSERT_TRUE(Fetch(server.Url("/m"), options_));
  EXPECT_THAT(server.heads().back(), HasSubstr("If-None-Match: \"right\""));
}

TEST_F(Storage, RedirectsAreBoundedAndStayWithHttp) {
  // Told that it closes: curl goes on five times at most with connections that died unannounced.
  ScriptedServer server([](const std::string& head, const Connection& c) {
    const bool file = head.starts_with("GET /file ");
    c.Send(std::string("HTTP/1.1 302 Found\r\nLocation: ") +
           (file ? "file:///etc/passwd" : "/again") +
           "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  EXPECT_EQ(ErrorOf(server.Url("/loop")),
            "FAILED_PRECONDITION " + server.Url("/loop") + ": more than 10 redirects");
  EXPECT_THAT(ErrorOf(server.Url("/file")),
              HasSubstr("redirected to a scheme that is not allowed"));
}

TEST_F(Storage, HttpErrorsAreToldApartAndLeaveNothing) {
  const std::vector<std::pair<int, Code>> cases = {
      {401, Code::kUnauthenticated},    {403, Code::kPermissionDenied},
      {404, Code::kNotFound},           {410, Code::kNotFound},
      {429, Code::kUnavailable},        {500, Code::kUnavailable},
      {503, Code::kUnavailable},        {204, Code::kFailedPrecondition},
      {304, Code::kFailedPrecondition}, {418, Code::kFailedPrecondition}};
  std::atomic<int> status{0};
  ScriptedServer server([&](const auto&, const Connection& c) {
    const bool empty = status == 204 || status == 304;
    c.Send("HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" +
           (empty ? "\r\n" : "Content-Length: 4\r\n\r\npage"));
  });
  for (const auto& [number, code] : cases) {
    status = number;
    const auto fetched = Fetch(server.Url("/m"), options_);
    ASSERT_FALSE(fetched) << number;
    EXPECT_EQ(fetched.error().code, code) << number;
    EXPECT_THAT(fetched.error().message, HasSubstr("HTTP " + std::to_string(number)));
  }
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(Storage, ATruncatedDownloadIsAnErrorAndLeavesNothing) {
  ScriptedServer server([](const std::string& head, const Connection& c) {
    if (head.starts_with("GET /length "))
      c.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    if (head.starts_with("GET /chunks ")) {
      c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    }
  });
  EXPECT_THAT(ErrorOf(server.Url("/length")), HasSubstr("the connection broke after 4 bytes"));
  EXPECT_THAT(ErrorOf(server.Url("/chunks")), HasSubstr("the connection broke after 4 bytes"));
  EXPECT_THAT(ErrorOf(server.Url("/nothing")), HasSubstr("the connection broke after 0 bytes"));
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(Storage, AStalledOrDrippingServerIsGivenUp) {
  ScriptedServer server([](const std::string& head, const Connection& c) {
    if (head.starts_with("GET /silent ")) c.ClosedWithin(-1);
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf");
    if (head.starts_with("GET /half ")) c.ClosedWithin(-1);
    while (!c.ClosedWithin(50)) c.Send("x");
  });
  for (const char* path : {"/silent", "/half", "/drip"}) {
    EXPECT_THAT(ErrorOf(server.Url(path)), StartsWith("DEADLINE_EXCEEDED")) << path;
  }
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(Storage, LongerThanTheLimitIsRefused) {
  ScriptedServer server([](const std::string& head, const Connection& c) {
    const std::string body(1000, 'x');
    if (head.starts_with("GET /told ")) c.Send(Ok(body));
    c.Send("HTTP/1.1 200 OK\r\n\r\n" + body);
    c.ClosedWithin(-1);
  });
  options_.max_bytes = 999;
  for (const char* path : {"/told", "/untold"}) {
    EXPECT_EQ(ErrorOf(server.Url(path)),
              "RESOURCE_EXHAUSTED " + server.Url(path) + ": longer than the limit of 999 bytes");
  }
  options_.max_bytes = 1000;
  EXPECT_EQ(Fetch(server.Url("/told"), options_)->sha256, Sha(std::string(1000, 'x')));
}

TEST_F(Storage, EndlessHeadersAreRefused) {
  ScriptedServer server([](const auto&, const Connection& c) {
    c.Send("HTTP/1.1 200 OK\r\n");
    while (!c.ClosedWithin(0)) c.Send("X-Filler: " + std::string(8000, 'x') + "\r\n");
  });
  EXPECT_THAT(ErrorOf(server.Url("/m")), HasSubstr("the server's headers have no end"));
}

TEST_F(Storage, NothingPackedIsAskedForOrTaken) {
  ScriptedServer server(
      [](const auto&, const Connection& c) { c.Send(Ok("packed", "Content-Encoding: gzip\r\n")); });
  EXPECT_THAT(ErrorOf(server.Url("/m")), HasSubstr("packed as 'gzip'"));
  EXPECT_THAT(server.heads()[0], Not(HasSubstr("Accept-Encoding")));
  EXPECT_EQ(FilesInCache(), 0);
}

TEST_F(Storage, CredentialsAreUsedAndNeverShown) {
  ScriptedServer server([](const auto&, const Connection& c) {
    c.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const std::string error = ErrorOf("http://user:secret@" + host + "/m?sig=hidden");
  EXPECT_EQ(error, "PERMISSION_DENIED http://" + host + "/m?sig=***: HTTP 403 Forbidden");
  EXPECT_THAT(server.heads()[0], HasSubstr("Authorization: Basic"));
  for (const char* uri : {"http://user:secret@/m?sig=hidden", "http://user:secret@127.0.0.1:1/m",
                          "http://user:secret@host:99999/?sig=hidden"}) {
    EXPECT_THAT(ErrorOf(uri), Not(testing::ContainsRegex("secret|hidden"))) << uri;
  }
}

TEST_F(Storage, TheDefaultCacheFollowsTheEnvironment) {
  const auto restore = [](const char* name, const char* value) {
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  };
  const char* const xdg = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const std::string old_xdg = xdg != nullptr ? xdg : "";
  const std::string old_home = home != nullptr ? home : "";
  setenv("XDG_CACHE_HOME", (folder_ / "xdg").c_str(), 1);
  setenv("HOME", (folder_ / "home").c_str(), 1);
  EXPECT_EQ(DefaultCacheDir().value(), folder_ / "xdg" / "brink");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(DefaultCacheDir().value(), folder_ / "home" / ".cache" / "brink");
  restore("XDG_CACHE_HOME", xdg != nullptr ? old_xdg.c_str() : nullptr);
  restore("HOME", home != nullptr ? old_home.c_str() : nullptr);
}

}  // namespace
}  // namespace brink::storage
