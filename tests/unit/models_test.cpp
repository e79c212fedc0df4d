#include "faceatt/vision/models.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

const std::string kEncoder = R"([[model]]
name = "mine"
file = "mine.onnx"
role = "encode"
backend = "opencv-onnx"
url = "https://example.org/mine.onnx"
sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
licence = "MIT"
dimension = 64
metric = "cosine"
[model.input]
align = "arcface5"
size = 112
points = [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]
channels = "RGB"
scale = 1
mean = [1, 2, 3]
std = [1.5, 1.5, 2]
mirror = false
[model.threshold]
strict = 0.6
normal = 0.5
loose = 0.4
margin = 0.1
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the text: " + from);
  return text.replace(at, from.size(), to);
}

ModelList list_of(const std::string& toml) {
  const TempFolder folder;
  write(folder / "models.toml", toml);
  return ModelList::read(folder.path());
}

ModelInput input_of(const std::string& toml) { return list_of(toml).find("encode", "mine").input; }

// What is said about a list, from the line number on: "LINE: ...".
std::string refusal(const std::string& toml) {
  try {
    list_of(toml);
  } catch (const Error& e) {
    REQUIRE(e.code() == ErrorCode::kCannotRun);
    const std::string said = e.what();
    CHECK(said.find('\n') == std::string::npos);
    const std::string file = "models.toml:";
    return said.substr(said.find(file) + file.size());
  }
  return "nothing";
}

std::string refusal(const std::string& from, const std::string& to) { return refusal(replaced(kEncoder, from, to)); }

const std::string kMine = ": model 'mine': ";

}  // namespace

TEST_CASE("an encoder is read as it is described") {
  const Model model = list_of(kEncoder).find("encode", "mine");
  CHECK(model.backend == "opencv-onnx");
  CHECK(model.path.filename() == "mine.onnx");
  CHECK(model.url == "https://example.org/mine.onnx");
  CHECK(model.dimension == 64);
  CHECK_FALSE(model.is_default);
  CHECK(model.input.size == 112);
  CHECK(model.input.points[4][1] == 92.2F);
  CHECK(model.input.rgb);
  CHECK(model.input.mean == std::array<float, 3>{1, 2, 3});
  CHECK(model.input.std == std::array<float, 3>{1.5, 1.5, 2});
  CHECK_FALSE(model.input.mirror);
  CHECK(model.thresholds.strict == 0.6);
  CHECK(model.thresholds.normal == 0.5);
  CHECK(model.thresholds.loose == 0.4);
  CHECK(model.thresholds.margin == 0.1);
}

TEST_CASE("what may be left out of an encoder") {
  std::string toml = kEncoder;
  for (const char* line : {"url = \"https://example.org/mine.onnx\"\n", "metric = \"cosine\"\n", "channels = \"RGB\"\n",
                           "scale = 1\n", "mean = [1, 2, 3]\n", "std = [1.5, 1.5, 2]\n", "mirror = false\n"}) {
    toml = replaced(toml, line, "");
  }
  const Model model = list_of(toml).find("encode", "mine");
  CHECK(model.url.empty());
  CHECK(model.input.rgb);
  CHECK(model.input.scale == 1);
  CHECK(model.input.mean == std::array<float, 3>{0, 0, 0});
  CHECK(model.input.std == std::array<float, 3>{1, 1, 1});
  CHECK_FALSE(model.input.mirror);
}

TEST_CASE("every part of an encoder's input is in its fingerprint") {
  std::set<std::string> seen = {input_of(kEncoder).fingerprint()};
  const std::pair<const char*, const char*> changes[] = {{"size = 112", "size = 113"},
                                                         {"38.3", "38.4"},
                                                         {"92.2", "92.3"},
                                                         {"\"RGB\"", "\"BGR\""},
                                                         {"scale = 1", "scale = 2"},
                                                         {"[1, 2,", "[1, 2.5,"},
                                                         {"1.5, 2]", "1.5, 3]"},
                                                         {"mirror = false", "mirror = true"}};
  for (const auto& [from, to] : changes) {
    INFO(to);
    CHECK(seen.insert(input_of(replaced(kEncoder, from, to)).fingerprint()).second);
  }
}

TEST_CASE("a model that cannot be meant is refused with its line") {
  CHECK(refusal("name = \"mine\"\n", "") == "1: model '?': 'name' is missing or not a string");
  CHECK(refusal("\"mine\"", "\"../mine\"").starts_with("2: model '../mine': 'name' must be letters"));
  CHECK(refusal("\"mine\"", "\"\"").starts_with("2: model '': 'name' must be"));
  CHECK(refusal("mine.onnx", "a/mine.onnx") == "3" + kMine + "'file' must be a plain file name");
  CHECK(refusal("mine.onnx", "..") == "3" + kMine + "'file' must be a plain file name");
  CHECK(refusal("\"encode\"", "\"encoder\"") == "4" + kMine + "'role' must be detect, encode, eyes or passive");
  CHECK(refusal("opencv-onnx", "onnxruntime") ==
        "5" + kMine + "no backend 'onnxruntime' to encode; there are opencv-onnx, dlib-densenet, dlib-resnet");
  CHECK(refusal("opencv-onnx", "opencv-yunet").starts_with("5" + kMine + "no backend 'opencv-yunet' to encode"));
  CHECK(refusal("0123", "0123F").starts_with("7" + kMine + "'sha256' must be 64 hexadecimal digits"));
  CHECK(refusal("abcdef\"", "ABCDEF\"").starts_with("7" + kMine + "'sha256' must be 64 hexadecimal digits"));
  CHECK(refusal("licence", "default = 1\nlicence") == "8" + kMine + "'default' must be true or false");
  CHECK(refusal("\"cosine\"", "\"euclidean\"") == "10" + kMine + "'metric' must be \"cosine\"");
  for (const char* dimension : {"0", "-1", "8193", "64.5", "nan", "1e300", "\"64\""}) {
    INFO(dimension);
    CHECK(refusal("= 64", std::string("= ") + dimension) ==
          "9" + kMine + "'dimension' must be a whole number from 1 to 8192");
  }
  CHECK(refusal("model = 5") == "1: each model must begin with [[model]]");
  CHECK(refusal(replaced(kEncoder, "[[model]]", "[model]")) == "1: each model must begin with [[model]]");
  CHECK(refusal(kEncoder + kEncoder) == "25" + kMine + "is there twice");
  const std::string first = replaced(kEncoder, "licence", "default = true\nlicence");
  CHECK(refusal(first + replaced(first, "mine", "other")) ==
        "26: model 'other': model 'mine' is the default to encode already");
}

TEST_CASE("an encoder's input that cannot be meant is refused with its line") {
  CHECK(refusal("[model.input]", "[model.inputs]") == "1" + kMine + "an encoder needs [model.input]");
  CHECK(refusal("mirror", "mirrored").starts_with("19" + kMine + "unknown key 'mirrored' in [model.input]; there are"));
  CHECK(refusal("arcface5", "arcface") == "12" + kMine + "'align' must be \"arcface5\" or \"dlib68\"");
  CHECK(refusal("arcface5", "dlib68") == "12" + kMine + "backend 'opencv-onnx' needs align = \"arcface5\"");
  CHECK(refusal("size = 112", "size = 7") == "13" + kMine + "'size' must be a whole number from 8 to 1024");
  CHECK(refusal("\"RGB\"", "\"rgb\"") == "15" + kMine + "'channels' must be \"RGB\" or \"BGR\"");
  CHECK(refusal("\"RGB\"", "3") == "15" + kMine + "'channels' is missing or not a string");
  for (const char* scale : {"0", "-1", "1e-60", "1e60"}) {
    INFO(scale);
    CHECK(refusal("scale = 1", std::string("scale = ") + scale) == "16" + kMine + "'scale' must be above 0");
  }
  CHECK(refusal("scale = 1", "scale = inf") == "16" + kMine + "'scale' is missing or not a number");
  CHECK(refusal("[1, 2, 3]", "[1, 2]") == "17" + kMine + "'mean' must be three numbers");
  CHECK(refusal("[1, 2, 3]", "[1, 2, nan]") == "17" + kMine + "'mean' must be three numbers");
  CHECK(refusal("[1, 2, 3]", "[1, 2, 1e300]") == "17" + kMine + "'mean' must be three numbers");
  CHECK(refusal("[1, 2, 3]", "1") == "17" + kMine + "'mean' must be three numbers");
  CHECK(refusal("[1.5, 1.5, 2]", "[1.5, 1.5, 0]") == "18" + kMine + "'std' must be three numbers above 0");
  CHECK(refusal("[1.5, 1.5, 2]", "[1.5, 1.5, 1e-60]") == "18" + kMine + "'std' must be three numbers above 0");
  CHECK(refusal("= false", "= \"no\"") == "19" + kMine + "'mirror' must be true or false");

  const std::string points = "points = [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]\n";
  CHECK(refusal(points, "").starts_with("11" + kMine + "align = \"arcface5\" needs 'points', five pairs [x, y]"));
  CHECK(refusal("[[38.3, 51.7], ", "[").starts_with("14" + kMine + "align = \"arcface5\" needs 'points'"));
  CHECK(refusal("[38.3, 51.7]", "[38.3]").starts_with("14" + kMine + "'points' must be five pairs"));
  CHECK(refusal("[38.3, 51.7]", "38.3").starts_with("14" + kMine + "'points' must be five pairs"));
  CHECK(refusal("92.4", "inf").starts_with("14" + kMine + "'points' must be five pairs"));
  CHECK(refusal("92.4", "112.5") == "14" + kMine + "'points' must lie in the 112x112 chip");
  CHECK(refusal("[38.3, 51.7], [73.5, 51.5]", "[73.5, 51.5], [38.3, 51.7]")
            .starts_with("14" + kMine + "'points' must go"));
  CHECK(refusal("41.5, 92.4", "41.5, 22.4").starts_with("14" + kMine + "'points' must go from the left"));
}

TEST_CASE("dlib's encoders cut out faces in their own way only") {
  std::string dlib = replaced(kEncoder, "opencv-onnx", "dlib-resnet");
  dlib = replaced(dlib, "arcface5", "dlib68");
  dlib = replaced(dlib, "size = 112", "size = 150");
  dlib = replaced(dlib, "mean = [1, 2, 3]\nstd = [1.5, 1.5, 2]\n", "padding = 0.25\n");
  CHECK(list_of(dlib).find("encode", "mine").input.size == 150);
  CHECK(list_of(replaced(dlib, "mirror = false", "mirror = true")).find("encode", "mine").input.mirror);
  const std::pair<const char*, const char*> changes[] = {
      {"size = 150", "size = 112"}, {"\"RGB\"", "\"BGR\""}, {"padding = 0.25", "padding = 0.2"},
      {"scale = 1", "scale = 2"},   {"dlib68", "arcface5"}, {"mirror", "mean = [1, 0, 0]\nmirror"}};
  for (const auto& [from, to] : changes) {
    INFO(to);
    CHECK(
        refusal(replaced(dlib, from, to)).starts_with("11" + kMine + "backend 'dlib-resnet' needs align = \"dlib68\""));
  }
}

TEST_CASE("thresholds that cannot be meant are refused with their line") {
  const std::string order = kMine + "thresholds must be 1 > strict >= normal >= loose > 0";
  CHECK(refusal("[model.threshold]", "[model.thresholds]") == "1" + kMine + "an encoder needs [model.threshold]");
  CHECK(refusal("strict = 0.6\n", "") == "20" + kMine + "'strict' is missing or not a number");
  CHECK(refusal("margin = 0.1\n", "") == "20" + kMine + "'margin' is missing or not a number");
  CHECK(refusal("normal = 0.5", "normal = nan") == "22" + kMine + "'normal' is missing or not a number");
  CHECK(refusal("normal = 0.5", "normal = \"0.5\"") == "22" + kMine + "'normal' is missing or not a number");
  CHECK(refusal("strict = 0.6", "strict = 2") == "20" + order);
  CHECK(refusal("strict = 0.6", "strict = 1") == "20" + order);
  CHECK(refusal("strict = 0.6", "strict = 0.3") == "20" + order);
  CHECK(refusal("normal = 0.5", "normal = 0.7") == "20" + order);
  CHECK(refusal("loose = 0.4", "loose = 0") == "20" + order);
  CHECK(refusal("loose = 0.4", "loose = -0.4") == "20" + order);
  for (const char* margin : {"-0.1", "1"}) {
    CHECK(refusal("margin = 0.1", std::string("margin = ") + margin) ==
          "24" + kMine + "'margin' must be from 0 to below 1");
  }
  CHECK(refusal("margin = 0.1", "margin = inf") == "24" + kMine + "'margin' is missing or not a number");
  CHECK(refusal("margin = 0.1", "margin = 0.1\nfar = 0.001").starts_with("25" + kMine + "unknown key 'far'"));
}

TEST_CASE("a model's file is read only when it is the one that is named") {
  const TempFolder folder;
  Model model;
  model.name = "mine";
  model.path = folder / "mine.onnx";
  model.sha256 = sha256_hex("content");
  const auto problem = [&] {
    try {
      read_model_file(model);
    } catch (const Error& e) {
      REQUIRE(e.code() == ErrorCode::kCannotRun);
      return std::string(e.what()).substr(model.path.string().size());
    }
    return std::string("none");
  };
  CHECK(problem() == ": not found; put it there, or name the folder with --models");
  model.url = "https://example.org/mine.onnx";
  CHECK(problem() == ": not found; run scripts/fetch-models mine, or name the folder with --models");
  write(model.path, "content");
  CHECK(read_model_file(model) == "content");
  write(model.path, "contenT");
  CHECK(problem() ==
        ": is not the file that models.toml names (SHA-256 differs); run scripts/fetch-models mine, or name the folder "
        "with --models");
}
