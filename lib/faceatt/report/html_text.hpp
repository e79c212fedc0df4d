// Text of any origin as a part of an HTML page.
#pragma once

#include <string>
#include <string_view>

namespace faceatt {

// What stands for & < > " and ' in HTML, and in Markdown, which takes HTML too; null for any other character.
const char* html_entity(char c);

// Safe between tags and in quoted attributes: printable(), with & < > " ' as entities. What a spreadsheet that opens
// the page would run as a formula gets a leading '.
std::string html_text(std::string_view text);

// The same for the page's body: in <bdi>, so that right-to-left text does not turn over what is beside it.
std::string html_isolated(std::string_view text);

// The value of an id attribute, also as a link: "id-Ana_Silva". The same for the same id on every page, and unique.
std::string html_anchor(std::string_view id);

}  // namespace faceatt
