// NAME=VALUE operands to arguments of a call. Files are read and converted to the declared type, every value checked.
#pragma once
#include "compiler/Driver/cli/Common.h"
#include "runtime/Data/HostArray.h"

namespace fluxion::cli {

class Values {
public:
  // Done, or the status after complaining: 2 for text that is no value, 1 for a file that cannot be used.
  int read(const api::Function &, const std::vector<std::string> &operands);
  const std::vector<api::Argument> &arguments() const { return list; } // views of what this object holds
  const std::vector<std::string> &files() const { return paths; }      // that were read

private:
  std::vector<api::Argument> list;
  std::vector<std::unique_ptr<runtime::HostArray>> arrays;
  std::vector<std::string> paths;

  int readOne(const api::Function &, const std::string &name, const std::string &value);
  int readFile(const api::Function &, const std::string &name, const std::string &path, const std::string &key);
  int readList(const api::Function &, const std::string &name, const std::string &text);
  int readStruct(const api::Function &, const std::string &name, const std::string &path);
  // Keeps the array, converted to the type of the parameter `leaf`; a status, and a view of it.
  int keep(const api::Function &, const std::string &leaf, runtime::HostArray, const std::string &path, api::View &);
};

} // namespace fluxion::cli
