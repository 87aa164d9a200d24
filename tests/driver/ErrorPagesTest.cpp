// Every error that the runtime and the driver can raise has a page.
#include "Programs.h"
#include "frontend/Source/Diagnostic.h"
#include "runtime/Support/Errors.h"
#include <fstream>
#include <regex>

using namespace fluxion;

namespace {

TEST(ErrorPages, TheRuntimesNumbersHaveTheirPages) {
  for (const runtime::ErrorPage &page : runtime::errorPages()) {
    const ErrorEntry *entry = findError(page.number);
    ASSERT_TRUE(entry) << page.number;
    EXPECT_EQ(page.title, entry->title) << page.number;
  }
}

TEST(ErrorPages, TheDriversNumbersHaveTheirPages) {
  std::regex number("\"(E0[0-9]{3})\"");
  int found = 0;
  for (const auto &file : std::filesystem::recursive_directory_iterator(FLUXION_SOURCE_DIR "/compiler/Driver")) {
    if (file.path().extension() != ".cpp") continue;
    std::ifstream in(file.path());
    std::string text((std::istreambuf_iterator<char>(in)), {});
    for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it, ++found)
      EXPECT_TRUE(findError((*it)[1].str())) << (*it)[1] << " in " << file.path();
  }
  EXPECT_GT(found, 20);
}

} // namespace
