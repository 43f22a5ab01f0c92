# Writes a BUILD file in the form that tools/lint asks for: no tabs, no blanks
# at line ends, no more than one empty line in a row, and sorted lists of
# sources, headers, data and dependencies. The order is buildifier's: files,
# then ":here", "//there", "@elsewhere". Lists with comments stay as they are.

function rank(label) {
  if (label ~ /^ *"@/) return 4
  if (label ~ /^ *"\/\//) return 3
  if (label ~ /^ *":/) return 2
  return 1
}

function key(label) {
  label = rank(label) label
  sub(/",$/, "", label)
  gsub(/:/, "\001", label)
  gsub(/\./, "\002", label)
  return label
}

function flush_list(    i, j, line) {
  for (i = 2; i <= count; i++) {
    line = list[i]
    for (j = i - 1; j >= 1 && key(list[j]) > key(line); j--) list[j + 1] = list[j]
    list[j + 1] = line
  }
  for (i = 1; i <= count; i++) if (i == 1 || list[i] != list[i - 1]) print list[i]
  count = 0
}

{
  gsub(/\t/, "    ")
  sub(/[ \r]+$/, "")
}

in_list && /^ *"[^"]*",$/ { list[++count] = $0; next }
in_list { flush_list(); in_list = 0 }

/^ *(srcs|hdrs|textual_hdrs|data|deps|implementation_deps) = \[$/ { in_list = 1 }

$0 == "" { empty++; next }
{
  if (empty && printed) print ""
  empty = 0
  printed = 1
  print
}
