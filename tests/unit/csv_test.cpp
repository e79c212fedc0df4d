#include "faceatt/core/csv.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace faceatt;

namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> read_all(std::string_view text, char delimiter = 0) {
  std::vector<Cells> rows;
  CsvReader csv(text, delimiter);
  while (auto row = csv.next()) rows.push_back(std::move(row->cells));
  return rows;
}

}  // namespace

TEST_CASE("csv cells are quoted when they have to be") {
  CHECK(csv_cell("plain") == "plain");
  CHECK(csv_cell("") == "");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("a;b") == "a;b");
  CHECK(csv_cell("a;b", ';') == "\"a;b\"");
  CHECK(csv_cell("a\tb", '\t') == "\"a\tb\"");
  CHECK(csv_cell("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_cell("a\nb") == "\"a\nb\"");
  CHECK(csv_cell("a\rb") == "\"a\rb\"");
  CHECK(csv_line({"a", "", "c,d"}) == "a,,\"c,d\"");
}

TEST_CASE("formula cells get an apostrophe for spreadsheets only") {
  CHECK(csv_cell("=1+1") == "=1+1");
  CHECK(csv_cell("=1+1", ',', true) == "'=1+1");
  CHECK(csv_cell("=A1,B1", ',', true) == "\"'=A1,B1\"");
  CHECK(csv_cell("-0.5", ',', true) == "-0.5");
  CHECK(csv_cell("\uFF1D1", ',', true) == "'\uFF1D1");
}

TEST_CASE("csv reader: quotes and line ends") {
  CHECK(read_all("a,b\nc,d\n") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
  CHECK(read_all("a,b\r\nc,d\r\n") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
  CHECK(read_all("\"a,1\",\"say \"\"hi\"\"\"\n") == std::vector<Cells>{{"a,1", "say \"hi\""}});
  CHECK(read_all("\"two\nlines\",b\nc,d\n") == std::vector<Cells>{{"two\nlines", "b"}, {"c", "d"}});
  CHECK(read_all("\"two\r\nlines\",b\r\n") == std::vector<Cells>{{"two\r\nlines", "b"}});
  CHECK(read_all("a,,\n,,\n") == std::vector<Cells>{{"a", "", ""}, {"", "", ""}});
  CHECK(read_all(" a , b \n") == std::vector<Cells>{{" a ", " b "}});
  CHECK(read_all("6\" nails,b\nc,d\n") == std::vector<Cells>{{"6\" nails", "b"}, {"c", "d"}});
  CHECK(read_all("").empty());
  CHECK(read_all("\n\r\n\n").empty());
  CHECK(read_all("a,b\n\nc,d\n\n") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
}

TEST_CASE("csv reader: what spreadsheets leave") {
  CHECK(read_all("\xEF\xBB\xBFid,name\n") == std::vector<Cells>{{"id", "name"}});
  CHECK(CsvReader("\xEF\xBB\xBFx,y\n", ',').next()->cells == Cells{"\xEF\xBB\xBFx", "y"});  // a part, not the beginning
  CHECK(read_all("id;name\n1;a,b\n") == std::vector<Cells>{{"id", "name"}, {"1", "a,b"}});
  CHECK(read_all("id\tname\n1\ta,b\n") == std::vector<Cells>{{"id", "name"}, {"1", "a,b"}});
  CHECK(CsvReader("id;name\n").delimiter() == ';');
  CHECK(CsvReader("id\n").delimiter() == ',');
  CHECK(CsvReader("a,b;c,d\n").delimiter() == ',');
  CHECK(read_all("a;b\n", ',') == std::vector<Cells>{{"a;b"}});
}

TEST_CASE("csv reader: lines, offsets and the last line") {
  const std::string text = "\xEF\xBB\xBFh1,h2\n\"x\ny\",1\n\nlast,2";
  CsvReader csv(text);
  auto row = csv.next();
  REQUIRE(row);
  CHECK(row->line == 1);
  CHECK(row->offset == 3);
  CHECK(row->terminated);
  row = csv.next();
  REQUIRE(row);
  CHECK(row->line == 2);
  CHECK(row->offset == 9);
  CHECK(csv.position() == 17);
  row = csv.next();
  REQUIRE(row);
  CHECK(row->line == 5);
  CHECK(text.substr(row->offset) == "last,2");
  CHECK(row->cells == Cells{"last", "2"});
  CHECK_FALSE(row->terminated);
  CHECK(csv.position() == text.size());
  CHECK_FALSE(csv.next());
  CHECK_FALSE(csv.next());
}

TEST_CASE("csv reader: a quote that is never closed damages its own line only") {
  std::string text = "h1,h2\na,1\nb,\"stray\nc,3\nd,4\n";
  auto rows = read_all(text);
  REQUIRE(rows.size() == 5);
  CHECK(rows[1] == Cells{"a", "1"});
  CHECK(rows[2].size() == 1);
  CHECK(rows[3] == Cells{"c", "3"});
  CHECK(rows[4] == Cells{"d", "4"});

  for (int i = 0; i < 1000; ++i) text += "row,5\n";
  rows = read_all(text);
  CHECK(rows.size() == 1005);
  CHECK(rows.back() == Cells{"row", "5"});

  CsvReader csv(text);
  while (auto row = csv.next()) {
    if (row->cells.front() == "d") CHECK(row->line == 5);
  }
}

TEST_CASE("csv reader: a stray quote does not reach the next quoted cell") {
  CsvReader csv("h1,h2\nx,\"stray\nb,c\nd,\"e, f\"\ng,h\n");
  std::vector<std::string> firsts;
  while (const auto row = csv.next()) firsts.push_back(row->cells.front());
  REQUIRE(firsts.size() == 5);
  CHECK(firsts[2] == "b");
  CHECK(firsts[3] == "d");
  CHECK(firsts[4] == "g");
}

TEST_CASE("csv reader: an open quote in the last line damages it as it would any other") {
  CHECK(read_all("a,1\nb,\"torn") == std::vector<Cells>{{"a", "1"}, {"b,\"torn"}});
  CHECK(read_all("a,1\nb,\"torn\n") == std::vector<Cells>{{"a", "1"}, {"b,\"torn\n"}});
  CsvReader csv("a,1\nb,\"torn");
  csv.next();
  CHECK_FALSE(csv.next()->terminated);
}

TEST_CASE("csv round trip of random cells") {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"a", "B", " ",  ",",      ";", "\t",     "\"",   "\n",
                                           "'", "=", "\r", "\u00E9", "1", "\uFEFF", "\"\"", "\r\n"};
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (int round = 0; round < 2000; ++round) {
    const char delimiter = ",;\t"[below(3)];
    const std::string line_end = below(2) == 0 ? "\n" : "\r\n";
    const bool ends = below(2) == 0;
    std::vector<Cells> rows(1 + below(5));
    std::string text = below(2) == 0 ? "\xEF\xBB\xBF" : "";
    text += "head" + std::string(1, delimiter) + "er" + line_end;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      rows[r].resize(2 + below(4));
      for (auto& cell : rows[r]) {
        for (std::size_t n = below(6); n > 0; --n) cell += pieces[below(pieces.size())];
      }
      text += csv_line(rows[r], delimiter);
      if (ends || r + 1 < rows.size()) text += line_end;
    }
    INFO("round " << round << ":\n" << text);
    auto read = read_all(text, delimiter);
    REQUIRE(read.size() == rows.size() + 1);
    read.erase(read.begin());
    REQUIRE(read == rows);
  }
}

TEST_CASE("csv reader survives random bytes") {
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 400, '\0');
    for (char& c : text) c = "\",;\n\r\0ab\xFF"[random() % 9];
    CsvReader csv(text);
    std::size_t before = 0;
    while (csv.next()) {
      REQUIRE(csv.position() > before);
      before = csv.position();
    }
    CHECK(csv.position() == text.size());
  }
}

TEST_CASE("csv: rows are edited and the rest stays byte by byte") {
  const std::string text =
      "\xEF\xBB\xBF"
      "a;b\r\n\r\n1;\"x\"\r\n2;y\r\n3;z\r\n\r\n4;\"w\"";
  const auto edit = [](CsvRow& row) {
    if (row.cells[0] == "2") return RowEdit::kDrop;
    if (row.cells[0] != "3") return RowEdit::kKeep;
    row.cells[1] = "=1;2";
    return RowEdit::kReplace;
  };
  CHECK(edit_rows(text, edit) ==
        "\xEF\xBB\xBF"
        "a;b\r\n\r\n1;\"x\"\r\n3;\"=1;2\"\r\n\r\n4;\"w\"");
  CHECK_THAT(edit_rows(text, edit, true), Catch::Contains("3;\"'=1;2\"\r\n"));
  CHECK(edit_rows("", edit).empty());
}

TEST_CASE("csv reader: a row of more cells than any spreadsheet has is a damaged line") {
  for (const char* cell : {"", "x", "\"x\""}) {
    std::string row = cell;
    for (std::size_t i = 1; i < kMostCells; ++i) row += std::string(",") + cell;
    CHECK(read_all("a,b\n" + row + "\nc,d\n")[1].size() == kMostCells);
    const auto rows = read_all("a,b\n" + row + "," + cell + "\nc,d\n");
    REQUIRE(rows.size() == 3);
    CHECK(rows[1] == Cells{row + "," + cell + "\n"});
    CHECK(rows[2] == Cells{"c", "d"});
  }
}

TEST_CASE("edit_rows: a quote that is open stays one when what closes nothing is rewritten below it") {
  const std::string text = "id,name\n\"A\n4,\",x\",7\n\",z\n";
  const auto rename = [&](const std::string& id) {
    return edit_rows(text, [&](CsvRow& row) {
      if (row.cells.front() != id) return RowEdit::kKeep;
      row.cells = {"zz", "n"};
      return RowEdit::kReplace;
    });
  };
  CHECK(rename("nobody") == text);
  const auto before = read_all(text);
  auto after = read_all(rename("4"));
  REQUIRE(after.size() == before.size());
  CHECK(after[2] == Cells{"zz", "n"});
  after[2] = before[2];
  CHECK(after == before);
}
