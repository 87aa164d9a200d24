// csv tables: headers, quotes, separators, selections, exact numbers, and rows that do not fit.
#include "TestFiles.h"
#include "runtime/Data/Readers.h"
#include <cmath>

using namespace fluxion::runtime;

namespace {

struct Csv : ::testing::Test {
  Result<HostArray> read(const std::string &text, const std::string &columns = "", ElementType type = ElementType::F64,
                         CsvOptions options = {}) {
    auto arrays = readCsv(folder.write("t.csv", text), {{columns, type}}, options);
    if (!arrays) return arrays.error();
    return std::move((*arrays)[0]);
  }
  std::vector<double> values(const std::string &text, const std::string &columns = "") {
    HostArray array = valueOf(read(text, columns));
    return {array.as<double>().begin(), array.as<double>().end()};
  }
  TestFolder folder;
};

using V = std::vector<double>;

TEST_F(Csv, ReadsPlainTables) {
  EXPECT_EQ(values("1,2\n3,4\n"), (V{1, 2, 3, 4}));
  EXPECT_EQ(values("1,2\r\n3,4"), (V{1, 2, 3, 4}));
  EXPECT_EQ(values("\xEF\xBB\xBF"
                   "1;2\n\n \n3;4\n\n"),
            (V{1, 2, 3, 4}));
  EXPECT_EQ(values("1\t2\n3\t4\n"), (V{1, 2, 3, 4}));
  EXPECT_EQ(values(" 1 , +2.5e1\n-3 ,.5\n"), (V{1, 25, -3, 0.5}));
  EXPECT_EQ(values("\"1\",\"2\"\n"), (V{1, 2}));
  EXPECT_EQ(values("7"), V{7});
  HostArray array = valueOf(read("1,2\n3,4\n5,6\n"));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{3, 2}));
}

TEST_F(Csv, FindsTheHeader) {
  std::string text = "a,\"b, \"\"quoted\"\"\",c\n1,2,3\n4,5,6\n";
  EXPECT_EQ(values(text), (V{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(text, "c"), (V{3, 6}));
  EXPECT_EQ(values(text, "c,a"), (V{3, 1, 6, 4}));
  EXPECT_ERROR(read(text, "b"), "E0609");
}

TEST_F(Csv, SelectsByPosition) {
  std::string text = "1,2,3\n4,5,6\n";
  EXPECT_EQ(values(text, "0"), (V{1, 4}));
  EXPECT_EQ(values(text, "-1"), (V{3, 6}));
  EXPECT_EQ(values(text, "1:"), (V{2, 3, 5, 6}));
  EXPECT_EQ(values(text, ":-1"), (V{1, 2, 4, 5}));
  EXPECT_EQ(values(text, "2,0:2"), (V{3, 1, 2, 6, 4, 5}));
  EXPECT_EQ(valueOf(read(text, "1")).shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(valueOf(read(text, "1:2")).shape, (std::vector<int64_t>{2, 1}));
  for (auto bad : {"3", "-4", "2:2", "2:1", "x", "0,,1", "0:9", "1.5"}) EXPECT_ERROR(read(text, bad), "E0609");
}

TEST_F(Csv, ReadsSeveralColumnsAtOnce) {
  std::string path = folder.write("t.csv", "label,p0,p1\n7,0,255\n-3,1,2\n");
  auto arrays = valueOf(readCsv(path, {{"1:", ElementType::U8}, {"label", ElementType::I32}}));
  EXPECT_EQ(arrays[0].shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(arrays[0].as<uint8_t>()[1], 255);
  EXPECT_EQ(arrays[1].as<int32_t>()[1], -3);
}

TEST_F(Csv, KeepsNumbersExact) {
  EXPECT_EQ(valueOf(read("9223372036854775807\n", "", ElementType::I64)).as<int64_t>()[0], INT64_MAX);
  EXPECT_EQ(valueOf(read("3.0,1e3\n", "", ElementType::I32)).as<int32_t>()[1], 1000);
  EXPECT_EQ(valueOf(read("0.1\n", "", ElementType::F32)).as<float>()[0], 0.1f);
  EXPECT_EQ(values("0.1,1e-320\n"), (V{0.1, 1e-320}));
  EXPECT_EQ(valueOf(read("true,0,FALSE,1\n", "", ElementType::Bool, {0, CsvOptions::Header::No})).as<uint8_t>()[0], 1);
  HostArray special = valueOf(read("inf,-inf,nan\n"));
  EXPECT_EQ(special.as<double>()[0], INFINITY);
  EXPECT_EQ(special.as<double>()[1], -INFINITY);
  EXPECT_TRUE(std::isnan(special.as<double>()[2]));
}

TEST_F(Csv, RefusesWhatDoesNotFit) {
  EXPECT_ERROR(read("256\n", "", ElementType::U8), "E0610");
  EXPECT_ERROR(read("-1\n", "", ElementType::U8), "E0610");
  EXPECT_ERROR(read("1.5\n", "", ElementType::I32), "E0610");
  EXPECT_ERROR(read("1e999\n"), "E0610");
  EXPECT_ERROR(read("1e39\n", "", ElementType::F32), "E0610");
  EXPECT_ERROR(read("2\n", "", ElementType::Bool), "E0610");
  EXPECT_ERROR(read("99999999999999999999\n", "", ElementType::I64), "E0610");
}

TEST_F(Csv, NamesTheLineAtFault) {
  auto ragged = read("a,b\n1,2\n\n3\n");
  ASSERT_FALSE(ragged);
  EXPECT_EQ(ragged.error().number, "E0612");
  EXPECT_EQ(ragged.error().line, 4);
  auto text = read("1,2\n3,x\n");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().line, 2);
  EXPECT_NE(text.error().message.find("field 2, 'x'"), std::string::npos);
  EXPECT_ERROR(read("1,\"2\n3,4\n"), "E0612");
  EXPECT_ERROR(read("1,\"2\"3\n"), "E0612");
  EXPECT_ERROR(read("1,\n"), "E0612");
  EXPECT_ERROR(read(""), "E0612");
  EXPECT_ERROR(read("\n\n"), "E0612");
  auto quoted = read("a,b\n\"1\n\n\",2\n1,oops\n"); // the record before spans lines 2 to 4
  ASSERT_FALSE(quoted);
  EXPECT_EQ(quoted.error().line, 2);
}

TEST_F(Csv, ReadsLongLinesAndPackedTables) {
  std::string text;
  for (int i = 0; i < 400000; ++i) text += (i ? "," : "") + std::to_string(i % 1000);
  HostArray array = valueOf(read(text + "\n" + text));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 400000}));
  EXPECT_EQ(array.as<double>()[400001], 1);
  folder.write("t.csv.gz", gzipped("1,2\n3,4\n"));
  EXPECT_EQ(valueOf(readCsv(folder.file("t.csv.gz"), {{"", ElementType::F32}}))[0].as<float>()[3], 4);
  EXPECT_ERROR(read("\"" + std::string(70 << 20, '\n')), "E0612"); // bounded memory
}

// Property: what is written with all digits is read back to the bit.
TEST_F(Csv, RoundTripsDoubles) {
  PhiloxStream random(4, 0);
  HostArray array = randomArray(ElementType::F64, {500, 4}, random);
  std::string text;
  for (int64_t i = 0; i < array.elements(); ++i) {
    double &value = array.as<double>()[i];
    if (std::isnan(value)) value = 0;
    char field[40];
    snprintf(field, sizeof field, "%.17g%c", value, i % 4 == 3 ? '\n' : ',');
    text += field;
  }
  expectSameArray(array, valueOf(read(text)));
}

} // namespace
