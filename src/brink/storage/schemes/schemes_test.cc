#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/base/sha256.h"
#include "brink/storage/crypto.h"
#include "brink/storage/listing.h"
#include "brink/storage/rewriting.h"
#include "brink/storage/scheme.h"
#include "brink/storage/schemes/azure.h"
#include "brink/storage/schemes/oci_manifest.h"
#include "brink/storage/schemes/rclone.h"
#include "brink/storage/schemes/s3.h"
#include "brink/storage/sigv4.h"

namespace brink::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FetchOptions With(std::map<std::string, std::string> variables) {
  FetchOptions options;
  options.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return options;
}

// The example of Amazon's "Signature Calculations for the Authorization Header", GET Bucket (list).
TEST(SigV4, SignsAmazonsExample) {
  Request request{.url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"};
  SignV4(request,
         {.access_key = "AKIAIOSFODNN7EXAMPLE",
          .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
         1369353600);
  EXPECT_EQ(request.headers.back(),
            "Authorization: AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
            "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Listing, PagesOfEachServerAreRead) {
  const auto s3 = ParseS3Page(
      "<ListBucketResult "
      "xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Contents><Key>a&amp;b</Key>"
      "<Size>12</Size><ETag>\"e\"</ETag></Contents><NextContinuationToken>t</NextContinuationToken>"
      "</ListBucketResult>");
  ASSERT_TRUE(s3) << s3.error().message;
  EXPECT_EQ(s3->objects.at(0).key, "a&b");
  EXPECT_EQ(s3->objects[0].bytes, 12);
  EXPECT_EQ(s3->next, "t");
  const auto gs = ParseGsPage(R"({"items":[{"name":"a/b","size":"12"}]})");
  EXPECT_EQ(gs->objects.at(0).bytes, 12);
  const auto azure = ParseAzurePage(
      "<EnumerationResults><Blobs><Blob><Name>d</Name><Properties><ResourceType>directory"
      "</ResourceType></Properties></Blob><Blob><Name>d/f</Name></Blob></Blobs></"
      "EnumerationResults>");
  EXPECT_EQ(azure->objects.size(), 1U);
}

TEST(Listing, XmlWithADocumentTypeIsRefused) {
  const auto page = ParseS3Page(
      "<!DOCTYPE x [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;&a;\">]><ListBucketResult>&c;"
      "</ListBucketResult>");
  EXPECT_THAT(page.error().message, HasSubstr("a document type"));
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  EXPECT_THAT(ParseS3Page(deep).error().message, HasSubstr("too deep"));
}

TEST(Listing, AFolderIsNeverItsNeighbour) {
  const std::vector<std::string> keys = {"m/a", "m/b/", "m/b/c", "m-old/a"};
  const auto list = [&](const std::string& prefix, const std::string&,
                        int most) -> Result<ListingPage> {
    ListingPage page;
    for (const std::string& key : keys) {
      if (key.starts_with(prefix) && static_cast<int>(page.objects.size()) < most) {
        page.objects.push_back({.key = key, .bytes = 1, .etag = "", .sha256 = ""});
      }
    }
    return page;
  };
  const auto names = [&](const std::string& path) {
    std::vector<std::string> found;
    const auto items = ListKeys(path, list, {}, "");
    for (const Item& item : items.value_or(std::vector<Item>{})) found.push_back(item.name);
    return found;
  };
  EXPECT_THAT(names("m"), ElementsAre("a", "b/c"));
  EXPECT_THAT(names("m/"), ElementsAre("a", "b/c"));
  EXPECT_THAT(names("m/a"), ElementsAre("a"));
  EXPECT_THAT(names("m-o"), ElementsAre());
}

TEST(Schemes, WhatEachNeedsIsSaid) {
  const auto error = [](const std::string& uri, std::map<std::string, std::string> variables) {
    const auto opened = Open(uri, With(std::move(variables)));
    return opened ? "opened" : opened.error().message;
  };
  EXPECT_EQ(error("s3://bucket/key", {}), "opened");
  EXPECT_EQ(error("gs://bucket/key", {}), "opened");
  EXPECT_EQ(error("https://a.blob.core.windows.net/c/b", {}), "opened");
  EXPECT_EQ(error("abfss://c@a.dfs.core.windows.net/b", {}), "opened");
  EXPECT_EQ(error("hf://org/repo@v1/file", {}), "opened");
  EXPECT_EQ(error("oci://registry.example/models/face:v1", {}), "opened");
  EXPECT_THAT(error("s3://", {}), HasSubstr("s3://BUCKET/KEY"));
  EXPECT_THAT(error("s3://b/k", {{"AWS_ACCESS_KEY_ID", "a"}}), HasSubstr("only one is set"));
  EXPECT_THAT(error("gs://b/k", {{"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"}}),
              HasSubstr("GOOGLE_APPLICATION_CREDENTIALS: /nowhere"));
  EXPECT_THAT(error("az://c/b", {}), HasSubstr("AZURE_STORAGE_ACCOUNT"));
  EXPECT_THAT(error("hf://org", {}), HasSubstr("hf://ORG/REPO"));
  EXPECT_THAT(error("myremote:b/k", {}), HasSubstr("RCLONE_CONFIG_<NAME>_TYPE"));
  EXPECT_EQ(error("myremote:b/k", {{"RCLONE_CONFIG_MYREMOTE_TYPE", "s3"}}), "opened");
  EXPECT_EQ(error("my-remote:b/k", {{"RCLONE_CONFIG_MY_REMOTE_TYPE", "azureblob"},
                                    {"RCLONE_CONFIG_MY_REMOTE_ACCOUNT", "a"}}),
            "opened");
}

TEST(Schemes, S3EndpointsAreReadAsSeldonAndKServeSetThem) {
  const S3Settings minio = S3SettingsOf(With({{"S3_ENDPOINT", "minio:9000"},
                                              {"S3_USE_HTTPS", "0"},
                                              {"S3_VERIFY_SSL", "0"},
                                              {"AWS_CA_BUNDLE", "/certs/own.pem"},
                                              {"AWS_ACCESS_KEY_ID", "a"},
                                              {"AWS_SECRET_ACCESS_KEY", "s"}}));
  EXPECT_EQ(minio.endpoint, "http://minio:9000");
  EXPECT_TRUE(minio.path_style);
  EXPECT_FALSE(minio.verify_tls);
  EXPECT_EQ(minio.ca_file, "/certs/own.pem");
  EXPECT_EQ(minio.credentials.access_key, "a");
  const S3Settings anonymous =
      S3SettingsOf(With({{"awsAnonymousCredential", "true"}, {"AWS_ACCESS_KEY_ID", "a"}}));
  EXPECT_EQ(anonymous.credentials.access_key, "");
  EXPECT_EQ(anonymous.endpoint, "");
  EXPECT_EQ(anonymous.ca_file, "");
  const S3Settings kserve = S3SettingsOf(
      With({{"CA_BUNDLE_CONFIGMAP_NAME", "global"}, {"CA_BUNDLE_VOLUME_MOUNT_POINT", "/certs"}}));
  EXPECT_EQ(kserve.ca_file, "/certs/cabundle.crt");
}

TEST(Rclone, AnObscuredPasswordIsRevealed) {
  // rclone obscure potato, of its documentation's test
  EXPECT_EQ(RevealRclone("YWFhYWFhYWFhYWFhYWFhYXMaGgIlEQ").value_or("nothing"), "potato");
  EXPECT_FALSE(RevealRclone("short"));
}

TEST(Azure, AConnectionStringIsRead) {
  AzureSettings settings;
  ASSERT_TRUE(
      ReadConnectionString("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5PQ==;"
                           "EndpointSuffix=core.windows.net",
                           settings));
  EXPECT_EQ(settings.endpoint, "https://a.blob.core.windows.net");
  EXPECT_EQ(settings.shared_key, "a2V5PQ==");
  EXPECT_FALSE(ReadConnectionString("nothing", settings));
}

TEST(Oci, LayersWithTitlesAreFilesAndImagesHoldModels) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::string layer = R"({"digest":")" + digest + R"(","size":5,"mediaType":"x.tar+gzip")";
  const auto artifact =
      ParseOciManifest(R"({"layers":[)" + layer +
                           R"(,"annotations":{"org.opencontainers.image.title":"m.tflite"}}]})",
                       "arm");
  ASSERT_TRUE(artifact) << artifact.error().message;
  EXPECT_EQ(artifact->items.at(0).name, "m.tflite");
  EXPECT_FALSE(artifact->items[0].unpack);
  const auto image = ParseOciManifest(
      R"({"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[)" + layer +
          "}]}",
      "arm");
  EXPECT_TRUE(image->items.at(0).unpack);
  EXPECT_EQ(image->items[0].only_below, "models");
  EXPECT_FALSE(ParseOciManifest(R"({"layers":[{"digest":"sha256:x","size":5}]})", "arm"));
}

TEST(Rewriting, OnlyWhatBeginsWithAnAllowedPrefixMayBeLoaded) {
  FetchOptions options;
  options.allowed = {"s3://models", "https://m.example/"};
  for (const char* uri : {"s3://models/a", "https://m.example/a"})
    EXPECT_TRUE(Rewrite(uri, options)) << uri;
  for (const char* uri : {"s3://models-of-others/a", "https://m.example.evil/", "/etc/passwd",
                          "https://m.example/../x", "s3://models/%2e%2e/x"}) {
    EXPECT_FALSE(Rewrite(uri, options)) << uri;
  }
}

TEST(Rewriting, RulesAreYaml) {
  const auto rules = ParseRules("rewrite:\n- {from: s3://a/, to: /srv/}\nallow: [s3://a]\n");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(rules->mirrors, ElementsAre(std::pair<std::string, std::string>("s3://a/", "/srv/")));
  EXPECT_THAT(rules->allowed, ElementsAre("s3://a"));
  EXPECT_THAT(ParseRules("rewrite:\n- {form: x}\n").error().message, HasSubstr("line 2"));
}

}  // namespace
}  // namespace brink::storage
