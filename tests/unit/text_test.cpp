#include "faceatt/core/text.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

const std::string kNfc = "Jos\u00E9";
const std::string kNfd = "Jose\u0301";

}  // namespace

TEST_CASE("is_utf8 knows good from bad") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("Ana"));
  CHECK(is_utf8("\u65E5\u672C \U0001F600"));
  CHECK_FALSE(is_utf8("Jos\xE9"));           // Latin-1
  CHECK_FALSE(is_utf8("\xC3"));              // cut short
  CHECK_FALSE(is_utf8("\xC0\xAF"));          // overlong /
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
  CHECK_FALSE(is_utf8("\xF5\x80\x80\x80"));  // beyond U+10FFFF
}

TEST_CASE("to_nfc makes the two spellings of a name one") {
  CHECK(kNfc != kNfd);
  CHECK(to_nfc(kNfd) == kNfc);
  CHECK(to_nfc(kNfc) == kNfc);
  CHECK(to_nfc("plain ASCII\n") == "plain ASCII\n");
  CHECK(to_nfc("\u1112\u1161\u11AB") == "\uD55C");  // Hangul jamo
}

TEST_CASE("what a message quotes of a file is short and can be shown") {
  CHECK(quotable("9:5\t") == printable("9:5\t"));
  CHECK(quotable(std::string(59, 'x') + "\u00e4" + "y") == std::string(59, 'x') + "...");
  CHECK(quotable(std::string(5000, '\x94')).size() <= 183);
  CHECK(quotable(std::string(500, 'x'), kQuotedPath) == std::string(500, 'x'));
  CHECK(cut("\u00e4\u00f6", 3) == "\u00e4");
  CHECK(cut("ab", 2) == "ab");
  CHECK(cut("\x80\x80", 1).empty());
}

TEST_CASE("to_nfc always gives valid UTF-8") {
  CHECK(to_nfc("Jos\xE9!") == "Jos\uFFFD!");
  CHECK(to_nfc("\xFF\xFE") == "\uFFFD\uFFFD");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'a', static_cast<char>(byte), 'b'};
    CHECK(is_utf8(to_nfc(text)));
  }
}

TEST_CASE("printable is one line without surprises") {
  CHECK(printable("a\nb\tc\rd") == "a\uFFFDb\uFFFDc\uFFFDd");
  CHECK(printable("\x1B[31mred") == "\uFFFD[31mred");
  CHECK(printable("\u202Eevil") == "\uFFFDevil");
  CHECK(printable("\u2066evil\u2069") == "\uFFFDevil\uFFFD");
  CHECK(printable("\u2028") == "\uFFFD");
  CHECK(printable("\u0085") == "\uFFFD");  // C1
  CHECK(printable(kNfd) == kNfc);
  CHECK(printable("\u05D0\u05D1") == "\u05D0\u05D1");  // right-to-left letters are letters
}

TEST_CASE("display_width counts terminal columns") {
  CHECK(display_width("") == 0);
  CHECK(display_width("Ana") == 3);
  CHECK(display_width("\u65E5\u672C") == 4);  // CJK
  CHECK(display_width("\uFF21") == 2);        // full-width A
  CHECK(display_width(kNfc) == 4);            // precomposed
  CHECK(display_width(kNfd) == 4);            // combining acute
  CHECK(display_width("a\u0300\u0301\u0302") == 1);
  CHECK(display_width("\uD55C") == 2);
  CHECK(display_width("\u0915\u093F") == 2);  // Devanagari: a mark beside its letter
  CHECK(display_width("\u0915\u0941") == 1);  // and below
  CHECK(display_width("\u2068\u05D0\u2069") == 1);
}

TEST_CASE("shorten cuts between what people see as characters") {
  CHECK(shorten("Ana Silva", 9) == "Ana Silva");
  CHECK(shorten("Ana Silva", 8) == "Ana Sil\u2026");
  CHECK(shorten("Ana Silva", 5) == "Ana\u2026");  // no blank before it
  CHECK(shorten("Ana Silva", 8, "...") == "Ana S...");
  CHECK(shorten("Ana", 2, "...") == "..");
  CHECK(shorten("Ana", 0).empty());
  CHECK(shorten("", 0).empty());
  CHECK(shorten("\u65E5\u672C\u8A9E", 4) == "\u65E5\u2026");  // half of a wide one does not stand
  CHECK(shorten("x\u0300\u0301yz", 2) == "x\u0300\u0301\u2026");
  CHECK(shorten("\u0915\u094D\u0937\u0924\u094D\u0930", 2) == "\u2026");  // a conjunct stays whole
  CHECK(shorten("\u0915\u094D\u0937\u0924\u094D\u0930", 3) == "\u0915\u094D\u0937\u2026");
  const std::string family = "\U0001F469\u200D\U0001F469\u200D\U0001F467";
  CHECK(shorten(family + " M", 6) == "\u2026");
  CHECK(shorten(family + " M", 7) == family + "\u2026");
  CHECK(shorten("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 3) == "\U0001F1E9\U0001F1EA\u2026");  // flags
}

TEST_CASE("has_right_to_left knows letters and marks") {
  CHECK(has_right_to_left("Ana \u05D0"));
  CHECK(has_right_to_left("\u0645"));
  CHECK(has_right_to_left("a\u200F"));
  CHECK_FALSE(has_right_to_left("Jos\u00E9 \u738B 12"));
}

TEST_CASE("is_utf8_locale takes the first variable that is set") {
  CHECK(is_utf8_locale({nullptr, nullptr, "de_DE.UTF-8"}));
  CHECK(is_utf8_locale({"", "C.utf8", "C"}));
  CHECK(is_utf8_locale({"ca_ES.UTF-8@valencia"}));
  CHECK_FALSE(is_utf8_locale({"C", nullptr, "de_DE.UTF-8"}));
  CHECK_FALSE(is_utf8_locale({nullptr, "POSIX", "de_DE.UTF-8"}));
  CHECK_FALSE(is_utf8_locale({"de_DE"}));
  CHECK_FALSE(is_utf8_locale({"de_DE.ISO-8859-15@euro"}));
  CHECK_FALSE(is_utf8_locale({nullptr, "", nullptr}));
}

TEST_CASE("id_problem lets good ids be") {
  for (const std::string id : {"Ana_Silva", "s1001", "Ana Silva", "a.b", "a-b", "a=b", "1", "\u738B\u5C0F\u660E",
                               "unknown_person", "O'Brien", "a;b", "\u05D0\u05D1\u05D2", "rm -rf"}) {
    INFO(id);
    CHECK(id_problem(id) == std::nullopt);
  }
  CHECK(id_problem(kNfc) == std::nullopt);
  CHECK(id_problem(kNfd) == std::nullopt);
  CHECK(id_problem(std::string(128, 'x')) == std::nullopt);
}

TEST_CASE("id_problem has a reason for each rule") {
  const auto problem = [](std::string_view id) { return id_problem(id).value_or("none"); };
  CHECK(problem("") == "is empty");
  CHECK(problem(std::string(129, 'x')) == "is longer than 128 bytes");
  CHECK(problem("Jos\xE9") == "is not UTF-8");
  CHECK(problem("../x") == "has a path separator");
  CHECK(problem("a/b") == "has a path separator");
  CHECK(problem("a\\b") == "has a path separator");
  CHECK(problem("/etc/passwd") == "has a path separator");
  CHECK(problem("..") == "starts with '.'");
  CHECK(problem(".hidden") == "starts with '.'");
  CHECK(problem("=1+1") == "starts with '='");
  CHECK(problem("+41") == "starts with '+'");
  CHECK(problem("-rf") == "starts with '-'");
  CHECK(problem("@SUM") == "starts with '@'");
  CHECK(problem("\uFF1D1") == "starts with '\uFF1D'");
  CHECK(problem("\uFF0B1") == "starts with '\uFF0B'");
  CHECK(problem("\uFF0D1") == "starts with '\uFF0D'");
  CHECK(problem("\uFF201") == "starts with '\uFF20'");
  CHECK(problem("a\nb") == "has a control character");
  CHECK(problem("a\tb") == "has a control character");
  CHECK(problem(std::string_view("a\0b", 3)) == "has a control character");
  CHECK(problem("a\x7F") == "has a control character");
  CHECK(problem("ana\u202Egpj") == "has a control character");
  CHECK(problem("\u2067ana") == "has a control character");
  CHECK(problem("a\u2028b") == "has a control character");
  CHECK(problem(" ana") == "starts or ends with a space");
  CHECK(problem("ana ") == "starts or ends with a space");
}

TEST_CASE("name_of_id reads underscores as spaces") {
  CHECK(name_of_id("Ana_Silva") == "Ana Silva");
  CHECK(name_of_id("_Ana__S_") == "Ana  S");
  CHECK(name_of_id("s1001") == "s1001");
}

TEST_CASE("looks_like_formula") {
  for (const std::string cell : {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\uFF1D1",
                                 "\uFF0B1", "\uFF0D1", "\uFF20x", "-", "-rf", "=", "-1 ", "-0x10"}) {
    INFO(cell);
    CHECK(looks_like_formula(cell));
  }
  for (const std::string cell : {"", "Ana", "1", "-1", "-0.25", "-1e3", "a=b", "'=1", "0.5", " =1"}) {
    INFO(cell);
    CHECK_FALSE(looks_like_formula(cell));
  }
}

TEST_CASE("trim and lower_ascii") {
  CHECK(trim("  a b\t\r\n") == "a b");
  CHECK(trim(" \n ") == "");
  CHECK(lower_ascii("ABCxyz1\u00C9") == "abcxyz1\u00C9");
}
