# Writes the first C++ program of README.md to OUTPUT.
#   cmake -DREADME=README.md -DOUTPUT=main.cpp -P tests/consumer/extract_example.cmake
cmake_minimum_required(VERSION 3.24)
file(READ ${README} text)
string(FIND "${text}" "```cpp\n" begin)
if(begin LESS 0)
  message(FATAL_ERROR "${README} has no C++ program")
endif()
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${text}" ${begin} -1 text)
string(FIND "${text}" "```" end)
string(SUBSTRING "${text}" 0 ${end} text)
file(WRITE ${OUTPUT} "${text}")
