#include "brink/camera/open_inference_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/base/scripted_server.h"
#include "brink/camera/frame.h"

namespace brink::camera {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCard = R"(
name: two
input: {tensor: x, width: 2, height: 2, colour: grey, mean: 0, scale: 1}
labels: [dark, light]
decoder: {type: classify, scores: y, top: 1}
)";

std::string Http(const std::string& body, const std::string& more = "", int status = 200) {
  return "HTTP/1.1 " + std::to_string(status) + " Any\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string Metadata(const std::string& input = R"("datatype":"UINT8","shape":[-1,2,2,1])",
                     const std::string& output = R"("datatype":"FP32","shape":[-1,2])") {
  return R"({"name":"m","inputs":[{"name":"x",)" + input + R"(}],"outputs":[{"name":"y",)" +
         output + "}]}";
}

const std::string kScores =
    R"({"outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[0.25,0.75]}]})";

// A server whose answers to GET and to POST can be changed.
class Remote : public testing::Test {
 protected:
  std::unique_ptr<Detector> Make(const std::string& path = "/v2/models/m") {
    const std::string url = "http://me:secret@127.0.0.1:" + std::to_string(server_.port()) + path;
    return MakeOpenInferenceDetector({.url = url}, vision::ParseCard(kCard, "two").value()).value();
  }
  static Result<Found> Look(Detector& detector) {
    const vision::Pixels pixels{.width = 2, .height = 2, .bytes = std::vector<uint8_t>(12, 200)};
    return detector.Detect(pixels.view());
  }
  // What one look with these answers fails with.
  std::string Failure(const std::string& metadata, const std::string& answer) {
    metadata_ = metadata;
    answer_ = answer;
    const auto found = Look(*Make());
    EXPECT_FALSE(found.has_value());
    std::string message = found ? "" : found.error().message;
    EXPECT_THAT(message, HasSubstr("/v2/models/m: "));
    EXPECT_THAT(message, Not(HasSubstr("secret")));
    return message;
  }

  std::string metadata_ = Http(Metadata());
  std::string answer_ = Http(kScores);
  std::string plain_answer_;  // to a body of JSON alone, where it differs
  std::vector<std::string> posted_;
  // Sends copies: a test changes an answer as soon as it has it, while it is still being sent here.
  ScriptedServer server_{[this](const std::string& head, const Connection& connection) {
    if (head.starts_with("GET")) return connection.Send(std::string(metadata_));
    const size_t at = head.find("\r\nContent-Length: ") + 18;
    posted_.push_back(connection.Receive(std::stoul(head.substr(at))));
    const bool plain = head.find("octet-stream") == std::string::npos;
    connection.Send(std::string(plain && !plain_answer_.empty() ? plain_answer_ : answer_));
  }};
};

TEST(OpenInferenceUrl, IsToldByItsPath) {
  EXPECT_TRUE(IsOpenInferenceUrl("http://host:8000/v2/models/m"));
  EXPECT_TRUE(IsOpenInferenceUrl("https://host/a/b/v2/models/m/versions/3?x=y"));
  EXPECT_TRUE(IsOpenInferenceUrl("http://host/v2/models"));
  EXPECT_FALSE(IsOpenInferenceUrl("http://host:9000"));
  EXPECT_FALSE(IsOpenInferenceUrl("http://host/seldon/ns/v2/api/v1.0/predictions"));
  EXPECT_FALSE(IsOpenInferenceUrl("http://host/x?to=/v2/models/m"));
  EXPECT_FALSE(IsOpenInferenceUrl("http://host/v2/models2/m"));
  EXPECT_FALSE(IsOpenInferenceUrl("v2/models/m"));
}

TEST(OpenInferenceUrl, AModelIsNamed) {
  const auto card = vision::ParseCard(kCard, "two").value();
  for (const char* path : {"/v2/models", "/v2/models/", "/v2/models/m/infer", "/v2/models//m",
                           "/v2/models/m/versions", "/v2/models/m/versions/1/x"}) {
    const auto made =
        MakeOpenInferenceDetector({.url = std::string("http://u:secret@h") + path + "?k=v"}, card);
    EXPECT_EQ(made.error().code, Code::kInvalidArgument) << path;
    EXPECT_THAT(made.error().message, HasSubstr("expected .../v2/models/NAME"));
    EXPECT_THAT(made.error().message, Not(HasSubstr("secret")));
  }
  EXPECT_THAT(MakeOpenInferenceDetector({.url = "ftp://h/v2/models/m"}, card).error().message,
              HasSubstr("expected http://"));
  const auto blind = vision::ParseCard("name: blind", "blind").value();
  EXPECT_THAT(MakeOpenInferenceDetector({.url = "http://h/v2/models/m"}, blind).error().message,
              HasSubstr("a camera needs one with a decoder"));
}

TEST_F(Remote, GetsThePictureAsATensorAndGivesWhatTheCardReads) {
  const std::string head =
      R"({"outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]})";
  answer_ = Http(head + std::string("\0\0\x80\x3E\0\0\x40\x3F", 8),
                 "inference-header-content-length: " + std::to_string(head.size()) + "\r\n");
  const auto detector = Make("/v2/models/m/?token=t");
  const Found found = Look(*detector).value();
  ASSERT_EQ(found.classifications.size(), 1u);
  EXPECT_EQ(found.classifications[0].label, "light");
  EXPECT_EQ(found.classifications[0].score, .75f);
  ASSERT_TRUE(Look(*detector).has_value());
  ASSERT_EQ(server_.heads().size(), 3u) << "the metadata is asked for once";
  EXPECT_THAT(server_.heads()[0], HasSubstr("GET /v2/models/m?token=t HTTP"));
  EXPECT_THAT(server_.heads()[1], HasSubstr("POST /v2/models/m/infer?token=t HTTP"));
  EXPECT_THAT(server_.heads()[1], HasSubstr("Inference-Header-Content-Length: " +
                                            std::to_string(posted_.at(0).size() - 4)));
  EXPECT_TRUE(posted_.at(0).ends_with("}\xC8\xC8\xC8\xC8")) << posted_[0];
}

TEST_F(Remote, WithoutTheExtensionTensorsGoAsListsFromThenOn) {
  answer_ = Http("Internal Server Error", "", 500);
  plain_answer_ = Http(kScores);
  const auto detector = Make();
  ASSERT_TRUE(Look(*detector).has_value());
  ASSERT_TRUE(Look(*detector).has_value());
  ASSERT_EQ(posted_.size(), 3u) << "one that was refused, then two";
  EXPECT_THAT(posted_[1], HasSubstr(R"("data":[200,200,200,200])"));
  EXPECT_THAT(posted_[2], HasSubstr(R"("data":[200,200,200,200])"));
}

TEST_F(Remote, MetadataIsAskedForAgainAfterAFailure) {
  const auto detector = Make();
  metadata_ = Http("", "", 503);
  EXPECT_EQ(Look(*detector).error().code, Code::kUnavailable);
  metadata_ = Http(Metadata());
  ASSERT_TRUE(Look(*detector).has_value());
  answer_ = Http(R"({"error":"model is loading"})", "", 503);
  EXPECT_THAT(Look(*detector).error().message, HasSubstr("HTTP 503: model is loading"));
  answer_ = Http(kScores);
  ASSERT_TRUE(Look(*detector).has_value());
  std::string methods;
  for (const std::string& head : server_.heads()) methods += head[0];
  EXPECT_EQ(methods, "GGPPGP");
}

TEST_F(Remote, AServerThatIsAwayIsUnavailable) {
  const auto detector = Make();
  server_.Stop();
  const Error error = Look(*detector).error();
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("Failed to connect"));
}

TEST_F(Remote, MetadataThatDoesNotFitTheCardIsRefusedByName) {
  const auto failure = [this](const std::string& metadata) {
    return Failure(Http(metadata), Http(kScores));
  };
  EXPECT_THAT(failure("<html>"), HasSubstr("the model's metadata"));
  EXPECT_THAT(failure("{}"), HasSubstr("the card's input.tensor 'x' is not there"));
  EXPECT_THAT(failure(Metadata(R"("datatype":"INT64","shape":[1,2,2,1])")),
              HasSubstr("expected FLOAT32, INT8 or UINT8"));
  EXPECT_THAT(failure(Metadata(R"("datatype":"FP32","shape":[1,3,3,1])")),
              HasSubstr("[1, 3, 3, 1]"));
  EXPECT_THAT(failure(Metadata(R"("datatype":"FP32","shape":[1,2,2,1])",
                               R"("datatype":"INT8","shape":[1,2])")),
              HasSubstr("output 'y': datatype INT8"));
  EXPECT_THAT(failure(Metadata(R"("datatype":"FP32","shape":[1,2,2,1])",
                               R"("datatype":"FP32","shape":[1,3])")),
              HasSubstr("card 'two'"));
  EXPECT_THAT(failure(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2,2,1]},
                                    {"name":"z","datatype":"FP32","shape":[1]}]})"),
              HasSubstr("a picture fills one input"));
}

TEST_F(Remote, BrokenAnswersAreRefused) {
  const auto failure = [this](const std::string& answer) {
    return Failure(Http(Metadata()), answer);
  };
  EXPECT_THAT(failure(Http("{}")), HasSubstr("the answer: output 'y' is missing"));
  EXPECT_THAT(failure(Http("{}", "Inference-Header-Content-Length: 3\r\n")),
              HasSubstr("its head has 3 bytes"));
  EXPECT_THAT(failure(Http("{}", "Inference-Header-Content-Length: x\r\n")),
              HasSubstr("expected a number of bytes"));
  EXPECT_THAT(
      failure(
          Http(R"({"outputs":[{"name":"y","datatype":"FP64","shape":[1,2],"data":[0.25,0.75]}]})")),
      HasSubstr("output 'y': datatype FP64, expected FP32"));
  EXPECT_THAT(
      failure(Http(R"({"outputs":[{"name":"y","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]})")),
      HasSubstr("/v2/models/m: "));
  EXPECT_THAT(failure("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"), HasSubstr("transfer"));
  EXPECT_THAT(failure(""), HasSubstr("Empty reply"));
}

TEST_F(Remote, AnEndlessAnswerIsCutOff) {
  const std::string message =
      Failure("HTTP/1.1 200 OK\r\n\r\n" + std::string((1 << 20) + 1, ' '), Http(kScores));
  EXPECT_THAT(message, HasSubstr("longer than 1048576 bytes"));
}

TEST_F(Remote, NumbersThatAreNoFloatsAreRead) {
  metadata_ = Http(
      Metadata(R"("datatype":"UINT8","shape":[1,2,2,1])", R"("datatype":"FP64","shape":[1,2])"));
  answer_ =
      Http(R"({"outputs":[{"name":"y","datatype":"FP64","shape":[1,2],"data":[0.75,0.25]}]})");
  EXPECT_EQ(Look(*Make()).value().classifications.at(0).label, "dark");
}

TEST_F(Remote, AnIntegerInputNeedsACardForItsValues) {
  const std::string card = R"(
input: {tensor: x, width: 2, height: 2, colour: grey}
labels: [dark, light]
decoder: {type: classify, scores: y}
)";
  const auto detector = MakeOpenInferenceDetector({.url = server_.Url("/v2/models/m")},
                                                  vision::ParseCard(card, "c").value());
  EXPECT_THAT(Look(**detector).error().message,
              HasSubstr("input 'x': datatype UINT8, whose quantisation"));
}

TEST_F(Remote, AStopEndsTheWait) {
  std::atomic<bool> stopped = true;
  const auto detector =
      MakeOpenInferenceDetector({.url = server_.Url("/v2/models/m"), .cancelled = &stopped},
                                vision::ParseCard(kCard, "two").value());
  EXPECT_FALSE(Look(**detector).has_value());
}

}  // namespace
}  // namespace brink::camera
