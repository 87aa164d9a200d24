# cmake -DFILES=a|b -DOUTPUT=x.inc -P InterfaceStamp.cmake: a hash of what the files say, their comments and spaces aside.
# The output is touched only if the hash is another one, so that nothing is compiled anew for a comment.
string(REPLACE "|" ";" FILES "${FILES}")
set(all "")
foreach(file ${FILES})
  file(READ "${file}" text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "[ \t\n]+" " " text "${text}")
  string(APPEND all "${text}\n")
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING ${hash} 0 16 hash)
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "// Generated: see compiler/Driver/InterfaceStamp.cmake.\n\"${hash}\"\n")
