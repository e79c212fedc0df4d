#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/store/url.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

std::string refusal(const std::string& text) {
  try {
    return "accepted: " + parse_store_url(text).text();
  } catch (const UsageError& e) {
    return e.what();
  }
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a store URL and its defaults") {
  const StoreUrl url = parse_store_url("redis://example.org");
  REQUIRE(url.hosts.size() == 1);
  CHECK(url.hosts[0].host == "example.org");
  CHECK(url.hosts[0].port == 6379);
  CHECK(url.master.empty());
  CHECK_FALSE(url.tls);
  CHECK(url.ca_file.empty());
  CHECK(url.user.empty());
  CHECK(url.password.empty());
  CHECK(url.database == 0);
  CHECK(url.site == "main");
  CHECK(url.text() == "redis://example.org:6379/0");
}

TEST_CASE("all parts of a store URL") {
  const StoreUrl url =
      parse_store_url("rediss://ann:secret@h-1.example:7000/12?site=West_2.a-b&ca=/etc/ca%20of%40us.pem");
  CHECK(url.tls);
  CHECK(url.hosts[0].host == "h-1.example");
  CHECK(url.hosts[0].port == 7000);
  CHECK(url.database == 12);
  CHECK(url.site == "West_2.a-b");
  CHECK(url.ca_file == "/etc/ca of@us.pem");
  CHECK(url.user == "ann");
  CHECK(url.password == "secret");
  CHECK(url.text() == "rediss://h-1.example:7000/12?site=West_2.a-b");
}

TEST_CASE("store URLs that say the same in other ways") {
  const auto text = [](const std::string& url) { return parse_store_url(url).text(); };
  CHECK(text("redis://h/") == "redis://h:6379/0");
  CHECK(text("redis://h:1/") == "redis://h:1/0");
  CHECK(text("redis://h:65535/3") == "redis://h:65535/3");
  CHECK(text("redis://h?site=a") == "redis://h:6379/0?site=a");
  CHECK(text("redis://h/?site=a&") == "redis://h:6379/0?site=a");
  CHECK(text("redis://h/?site=main") == "redis://h:6379/0");
  CHECK(text("redis://h?") == "redis://h:6379/0");
  CHECK(text("redis://h#") == "redis://h:6379/0");
  CHECK(text(" redis://h \r\n") == "redis://h:6379/0");
  CHECK(text("redis://:@h") == "redis://h:6379/0");
  CHECK(text("redis://10.0.0.7:7000") == "redis://10.0.0.7:7000/0");
}

TEST_CASE("IPv6 addresses in a store URL") {
  const auto host = [](const std::string& url) { return parse_store_url(url).hosts[0]; };
  CHECK(host("redis://[::1]").host == "::1");
  CHECK(host("redis://[::1]").port == 6379);
  CHECK(host("redis://[2001:db8::7]:7000/1").host == "2001:db8::7");
  CHECK(host("redis://[2001:db8::7]:7000/1").port == 7000);
  CHECK(host("redis://[2001:db8::7]:7000/1").text() == "[2001:db8::7]:7000");
  CHECK(host("redis://:secret@[fe80::1%25eth0]:7000").host == "fe80::1%eth0");
  CHECK(host("redis://[::ffff:10.0.0.7]").text() == "[::ffff:10.0.0.7]:6379");
  for (const char* const bad : {"redis://::1", "redis://[::1", "redis://[::1]x", "redis://[]", "redis://[host]",
                                "redis://[::1]:", "redis://[::1]]:1", "redis://[::1%eth0]", "redis://[:: 1]"}) {
    CHECK_THROWS_AS(parse_store_url(bad), UsageError);
  }
}

TEST_CASE("users and passwords of a store") {
  const auto password = [](const std::string& url) { return parse_store_url(url).password; };
  CHECK(password("redis://:secret@h") == "secret");
  CHECK(password("redis://:s%2Fe%3Fc%23r%40e%3at%25@h") == "s/e?c#r@e:t%");
  CHECK(password("redis://:a:b:c@h") == "a:b:c");
  CHECK(password("redis://:p@ss@h") == "p@ss");
  CHECK(password("redis://:@@h") == "@");
  CHECK(password("redis://:s%C3%A9cret@h") == "sécret");
  CHECK(password("redis://:a+b%20c&d=e@h") == "a+b c&d=e");  // a '+' is no space
  CHECK(parse_store_url("redis://a%3Ab:c@h").user == "a:b");
  CHECK(parse_store_url("redis://ann:@h").user == "ann");
  CHECK(password("redis://ann:@h").empty());
}

TEST_CASE("sentinels in a store URL") {
  const StoreUrl url = parse_store_url("redis-sentinel://:secret@a,b:5000,[::1],[::2]:5001/2?site=x#my-master");
  REQUIRE(url.hosts.size() == 4);
  CHECK(url.hosts[0].text() == "a:26379");
  CHECK(url.hosts[1].text() == "b:5000");
  CHECK(url.hosts[2].text() == "[::1]:26379");
  CHECK(url.hosts[3].text() == "[::2]:5001");
  CHECK(url.master == "my-master");
  CHECK(url.password == "secret");
  CHECK_FALSE(url.tls);
  CHECK(url.text() == "redis-sentinel://a:26379,b:5000,[::1]:26379,[::2]:5001/2?site=x#my-master");
  CHECK(parse_store_url("rediss-sentinel://a#m").tls);
  CHECK(parse_store_url("rediss-sentinel://a/1?ca=f#m").text() == "rediss-sentinel://a:26379/1#m");
}

TEST_CASE("the text of a store URL says the same") {
  for (const char* const url : {"redis://h:6379/0", "rediss://h:1/2?site=x", "redis-sentinel://[::1]:1,b:26379/0#m",
                                "redis://[fe80::1%25eth0]:7000/0"}) {
    CHECK(parse_store_url(url).text() == url);
  }
}

TEST_CASE("store URLs that are refused") {
  CHECK_THAT(refusal(""), Catch::Contains("redis://, rediss:// and redis-sentinel://"));
  CHECK_THAT(refusal("host:6379"), Catch::Contains("redis://, rediss://"));
  CHECK_THAT(refusal("http://host"), Catch::Contains("http://***: begins with none of"));
  CHECK_THAT(refusal("redis:/host"), Catch::Contains("begins with none of"));
  CHECK_THAT(refusal("redis://"), Catch::Contains("has no host"));
  CHECK_THAT(refusal("redis://:secret@"), Catch::Contains("has no host"));
  CHECK_THAT(refusal("redis://:6379"), Catch::Contains("has no host"));
  CHECK_THAT(refusal("redis:///1"), Catch::Contains("has no host"));
  CHECK_THAT(refusal("redis://a b"), Catch::Contains("has a host that is none"));
  CHECK_THAT(refusal("redis://h\n"), Catch::Contains("accepted"));  // a file's last line may have more than one end
  CHECK_THAT(refusal("redis://h\ni"), Catch::Contains("has a host that is none"));
  CHECK_THAT(refusal("redis://h%20"), Catch::Contains("has a host that is none"));
  for (const char* const port : {"", "0", "-1", "+1", "65536", "99999999999", "6379x", "1:2", " 1", "1.0"}) {
    CHECK_THAT(refusal("redis://h:" + std::string(port) + "/0"), Catch::Contains("has a port that is none"));
  }
  for (const char* const database : {"x", "-1", "1/", "1.0", "99999999999", " "}) {
    CHECK_THAT(refusal("redis://h/" + std::string(database) + "?site=a"), Catch::Contains("database"));
  }
  CHECK_THAT(refusal("redis://a,b"), Catch::Contains("goes with redis-sentinel://"));
  CHECK_THAT(refusal("redis-sentinel://a,#m"), Catch::Contains("accepted"));  // a trailing comma
  CHECK_THAT(refusal("redis-sentinel://,a#m"), Catch::Contains("has no host"));
  CHECK_THAT(refusal("redis-sentinel://a"), Catch::Contains("#NAME"));
  CHECK_THAT(refusal("redis-sentinel://a#"), Catch::Contains("#NAME"));
  CHECK_THAT(refusal("redis-sentinel://a#m%0An"), Catch::Contains("master's name"));
  CHECK_THAT(refusal("redis-sentinel://a#m#n"), Catch::Contains("master's name"));
  CHECK_THAT(refusal("redis://h#m"), Catch::Contains("goes with redis-sentinel://"));
  CHECK_THAT(refusal("redis://ann@h"), Catch::Contains("a user without a password"));
  for (const char* const site : {"", "a b", "a{b", "a}", "a%2Fb", "%C3%A9", "a*"}) {
    CHECK_THAT(refusal("redis://h/0?site=" + std::string(site)), Catch::Contains("has a site that is not"));
  }
  CHECK(parse_store_url("redis://h/0?site=" + std::string(64, 'a')).site.size() == 64);
  CHECK_THAT(refusal("redis://h/0?site=" + std::string(65, 'a')), Catch::Contains("1 to 64 letters"));
  for (const char* const option : {"x=1", "site", "ca=f", "Site=a", "site=a&&", "&site=a"}) {
    CHECK_THAT(refusal("redis://h/0?" + std::string(option)), Catch::Contains("***: has "));
  }
  CHECK_THAT(refusal("redis://h/0?site=a&x=1"), Catch::Contains("not site=NAME or, with rediss://, ca=FILE"));
  CHECK_THAT(refusal("rediss://h/0?ca="), Catch::Contains("ca=FILE"));
  for (const char* const text : {"%", "%4", "%zz", "%-1", "% 1", "%+1", "%00"}) {
    CHECK_THAT(refusal("redis://:" + std::string(text) + "@h"), Catch::Contains("'%' that is no %XX"));
  }
}

TEST_CASE("marks that a password wants encoded") {
  for (const char mark : {'/', '?', '#'}) {
    const std::string url = std::string("redis://:hunter") + mark + "two@h/0";
    CHECK_THAT(refusal(url), Catch::Contains("%2F, %3F, %23"));
  }
  // ... and an '@' behind the host would make a password of it.
  CHECK_THAT(refusal("rediss://h/0?ca=/etc/a@b.pem"), Catch::Contains("%40"));
  CHECK_THAT(refusal("redis-sentinel://u:12#hunter@two@h#m"), Catch::Contains("%40"));
}

TEST_CASE("no password in messages about a store") {
  // Some can be parsed. Nowhere may be said what stands for the password here, or a part of it.
  const std::vector<std::string> urls = {
      "redis://:hunter2@h",
      "redis://hunter:hunter2@h:1/0?site=x",
      "redis://:hunter2@h:port",
      "redis://:hunter2@h/x",
      "redis://:hunter2@h?site=",
      "redis://:hunter2@h?hunter=hunter",
      "redis://:hunter2@h?hunter",
      "redis://:hunter2@",
      "redis://:hunter2@h,i",
      "redis://:hunter2%@h",
      "redis://:hunter2#x@h",
      "redis://:x#hunter2@h",
      "redis://:x#hunter@2@h",
      "redis://:x/hunter2@h",
      "redis://:x?hunter2@h",
      "redis://:x@hunter2@h",
      "redis://:x@hunter2@h:port",
      "redis://:x@hunter 2",
      "redis://:x@y:hunter2",
      "redis://x:hunter2",
      "redis://:hunter2",
      "redis://:hunter2/0",
      "redis://x:12?hunter2",
      "redis://x:12/hunter2",
      "redis://x:12#hunter2",
      "redis://x,hunter2",
      "redis://hunter2@h",
      "redis:/:hunter2@h",
      "redis//:hunter2@h",
      "redis:hunter2@h",
      "redis:/:hunter2",
      "rediss//hunter2",
      "hunter2",
      ":hunter2@h",
      "http://:hunter2@h",
      "hunter2@h://x",
      "hunter2://h",
      "redis-sentinel://:hunter2@h",
      "redis-sentinel://:hunter2@h#m",
      "redis-sentinel://u:12#hunter2@h#m",
      "redis-sentinel://h#hunter@2",
      "@:hunter2@h",
      "@redis://:hunter2@h",
      "@redis://:hunter2",
      "env:redis://:hunter2@h",
      "env:redis://:hunter2",
      "\tredis://:hunter2@h/x",
  };
  for (const std::string& url : urls) {
    INFO(url);
    CHECK_FALSE(has(refusal(url), "hunter"));
    CHECK_FALSE(has(without_store_password(url), "hunter"));
  }
}

TEST_CASE("a store URL without its password") {
  CHECK(without_store_password("redis://ann:secret@h:1/2?site=x") == "redis://h:1/2?site=x");
  CHECK(without_store_password("redis://h:1/2?site=x") == "redis://h:1/2?site=x");
  CHECK(without_store_password("redis://:p@ss@h") == "redis://h");
  CHECK(without_store_password("rediss-sentinel://:p@a,b/0?ca=/c.pem#m") == "rediss-sentinel://a,b/0?ca=/c.pem#m");
  CHECK(without_store_password("redis://:secret@h:port") == "redis://***");
  CHECK(without_store_password("h:port") == "***");
  CHECK(without_store_password("@/etc/faceatt/store") == "@/etc/faceatt/store");
  CHECK(without_store_password("env:FACEATT_URL") == "env:FACEATT_URL");
  CHECK(without_store_password("env:a b") == "env:***");
  CHECK(without_store_password("").empty());
}

TEST_CASE("store URLs in files and variables") {
  const TempFolder folder;
  const std::string file = (folder / "store").string();
  write(file, "redis://:secret@h/1 \r\nignored\n");
  CHECK(parse_store_url("@" + file).password == "secret");
  CHECK(parse_store_url("@" + file).database == 1);
  write(file, "redis://:secret@h/x\n");
  CHECK(refusal("@" + file) == "@" + file + ": has a database that is no number after the '/'");
  for (const char* const nothing : {"", "\n", "  \nredis://h\n"}) {
    write(file, nothing);
    CHECK_THAT(refusal("@" + file), Catch::Contains(file) && Catch::Contains("first line is empty"));
  }
  CHECK_THAT(refusal("@" + file + "-none"), Catch::Contains(file + "-none: the file cannot be read"));
  CHECK_THAT(refusal("@" + folder.path().string()), Catch::Contains("cannot be read"));
  CHECK_THAT(refusal("@"), Catch::Contains("cannot be read"));
  write(file, "env:FACEATT_TEST_STORE");  // one step only
  CHECK_THAT(refusal("@" + file), Catch::Contains("begins with none of"));

  ::setenv("FACEATT_TEST_STORE", "redis://:secret@h/2", 1);
  CHECK(parse_store_url("env:FACEATT_TEST_STORE").database == 2);
  ::setenv("FACEATT_TEST_STORE", "redis://:secret@h/x", 1);
  CHECK(refusal("env:FACEATT_TEST_STORE") == "env:FACEATT_TEST_STORE: has a database that is no number after the '/'");
  ::setenv("FACEATT_TEST_STORE", " ", 1);
  CHECK_THAT(refusal("env:FACEATT_TEST_STORE"), Catch::Contains("not set, or empty"));
  ::unsetenv("FACEATT_TEST_STORE");
  CHECK_THAT(refusal("env:FACEATT_TEST_STORE"),
             Catch::Contains("env:FACEATT_TEST_STORE") && Catch::Contains("not set"));
  CHECK_THAT(refusal("env:"), Catch::Contains("env:***"));
}
