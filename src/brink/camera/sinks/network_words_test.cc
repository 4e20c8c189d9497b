#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/camera/sinks/mqtt.h"
#include "brink/camera/sinks/webhook.h"

namespace brink::camera {
namespace {

using testing::HasSubstr;
using testing::Not;

// RFC 4231, test cases 1, 2 and 6.
TEST(Webhook, SignaturesAreHmacSha256) {
  EXPECT_EQ(SignatureOf(std::string(20, '\x0b'), "Hi There"),
            "sha256=b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(SignatureOf("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(SignatureOf(std::string(131, '\xaa'),
                        "Test Using Larger Than Block-Size Key - Hash Key First"),
            "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Webhook, EventsBecomeCloudEvents) {
  const std::string event =
      R"({"camera":"door","id":"door-1-2","time":"2026-01-31T12:30:05.007Z","type":"enter","zone":"mat"})";
  const json::Value cloud = json::Parse(CloudEventOf(event).value()).value();
  EXPECT_EQ(*cloud.Find("specversion"), json::Value("1.0"));
  EXPECT_EQ(*cloud.Find("type"), json::Value("brink.camera.enter"));
  EXPECT_EQ(*cloud.Find("source"), json::Value("/cameras/door"));
  EXPECT_EQ(*cloud.Find("id"), json::Value("door-1-2-enter-mat-2026-01-31T12:30:05.007Z"));
  EXPECT_EQ(*cloud.Find("data"), json::Parse(event).value());
}

TEST(Webhook, OtherUrlsAreRefusedWithoutTheirPassword) {
  const auto sender = MakeWebhook({.url = "ftp://me:secret@host/x"});
  EXPECT_THAT(sender.error().message, HasSubstr("ftp://host/x"));
}

TEST(Mqtt, UrlsAreReadWithTheirDefaults) {
  const MqttOptions plain = ParseMqttUrl("mqtt://broker").value();
  EXPECT_EQ(plain.host, "broker");
  EXPECT_EQ(plain.port, 1883);
  EXPECT_EQ(plain.base, "brink");
  EXPECT_FALSE(plain.tls);
  const MqttOptions full = ParseMqttUrl("mqtts://me:p%40s:s@[::1]:9/site/a/").value();
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 9);
  EXPECT_EQ(full.user, "me");
  EXPECT_EQ(full.password, "p@s:s");
  EXPECT_EQ(full.base, "site/a");
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(ParseMqttUrl("mqtts://broker/x").value().port, 8883);
}

TEST(Mqtt, WrongUrlsAreRefusedWithoutTheirPassword) {
  for (const char* url : {"broker", "mqtt://", "mqtt://h:0", "mqtt://h:x", "mqtt://h:70000",
                          "mqtt://me:secret@", "mqtt://[::1", "mqtt://h/a/#", "mqtt://h/a/+/b"}) {
    const auto options = ParseMqttUrl(url);
    ASSERT_FALSE(options.has_value()) << url;
    EXPECT_THAT(options.error().message, Not(HasSubstr("secret")));
  }
}

TEST(Mqtt, DiscoveryMakesADeviceOfACameraAndSensorsOfItsCounters) {
  MqttOptions options = ParseMqttUrl("mqtt://broker/site").value();
  options.camera = "front door";
  options.labels = {"Mask", "No/Mask"};
  options.zones = {"mat"};
  const json::Value config = json::Parse(DiscoveryOf(options)).value();
  EXPECT_EQ(*config.Find("state_topic"), json::Value("site/front_door/state"));
  EXPECT_EQ(*config.Find("availability_topic"), json::Value("site/front_door/online"));
  const auto* components = config.Find("components")->get<json::Object>();
  ASSERT_EQ(components->size(), 4u);
  EXPECT_EQ(*components->at("picture").Find("topic"), json::Value("site/front_door/image"));
  const json::Value& sensor = components->at("count_No_Mask");
  EXPECT_EQ(*sensor.Find("platform"), json::Value("sensor"));
  EXPECT_EQ(*sensor.Find("unique_id"), json::Value("brink_front_door_count_No_Mask"));
  EXPECT_EQ(*sensor.Find("value_template"),
            json::Value("{{ value_json.count['No_Mask'] | default(0) }}"));
  EXPECT_EQ(*components->at("zones_mat").Find("name"), json::Value("zones mat"));
  options.no_images = true;
  const json::Value without = json::Parse(DiscoveryOf(options)).value();
  EXPECT_EQ(without.Find("components")->get<json::Object>()->count("picture"), 0u);
}

}  // namespace
}  // namespace brink::camera
