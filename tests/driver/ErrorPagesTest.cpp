// Every error that the runtime and the driver can raise has a page.
#include "Programs.h"
#include "frontend/Source/Diagnostic.h"
#include <fstream>
#include <regex>

using namespace fluxion;

namespace {

TEST(ErrorPages, EveryNumberOfDriverAndRuntimeHasItsPage) {
  std::regex number("\"(E0[0-9]{3})\"");
  int found = 0;
  for (const char *folder : {"/compiler/Driver", "/runtime"})
    for (const auto &file : std::filesystem::recursive_directory_iterator(std::string(FLUXION_SOURCE_DIR) + folder)) {
      if (file.path().extension() != ".cpp" && file.path().extension() != ".h") continue;
      std::ifstream in(file.path());
      std::string text((std::istreambuf_iterator<char>(in)), {});
      for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it, ++found)
        EXPECT_TRUE(findError((*it)[1].str())) << (*it)[1] << " in " << file.path();
    }
  EXPECT_GT(found, 30);
}

} // namespace
