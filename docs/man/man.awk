# What lowdown's -Tman leaves to be desired.

# Of what is typed: it is bold, and has ASCII's minus, which a plain "-" need not become. In requests it is a sign.
/^\.TH/ {
  # No word is broken, and no line stretched, so that what is typed can be searched for and copied.
  print ".nr HY 0\n" $0 "\n.ad l"
  next
}
!/^\./ {
  gsub(/-/, "\\-")
  gsub(/\\fC/, "\\fB")
}

# A term is .TP, not a paragraph whose text is moved up a line, which fails where a page of 66 lines ends.
function flush() {
  if (held) print held
  if (term) print term
  held = term = ""
}
/^\.LP$/ { flush(); held = $0; next }
held && !term && !/^\./ { term = $0; next }
term && /^\.(if|sp) / { next }
term && /^\.IP "" / { print ".TP 5n\n" term; held = term = ""; next }
{ flush(); print }
END { flush() }
