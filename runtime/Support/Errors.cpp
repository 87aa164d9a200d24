// The pages behind the runtime's error numbers, and how an error is written on one line.
#include "runtime/Support/Errors.h"

namespace fluxion::runtime {

std::string Error::render() const {
  std::string text = "error[" + number + "]: ";
  if (!path.empty()) text += path;
  if (line > 0) text += (path.empty() ? "line " : ", line ") + std::to_string(line);
  if (offset >= 0) text += (path.empty() ? "byte " : ", byte ") + std::to_string(offset);
  if (!path.empty() || line > 0 || offset >= 0) text += ": ";
  return text + message;
}

static constexpr ErrorPage pages[] = {
    {errors::cannotRead, "a file cannot be read",
     "The system refused to open or read the file; its reason is in the message. Check the spelling (paths in a model are relative\n"
     "to the model's file), and that you may read it.\n"},
    {errors::wrongFormat, "a file is not of the format it was read as",
     "The first bytes are not those of the format. An IDX file starts with two zero bytes, a type and a rank; an npy file with\n"
     "\\x93NUMPY; an npz file is a zip archive, which starts with PK. Files compressed by gzip are recognized and unpacked.\n"},
    {errors::truncated, "a file ends too early",
     "The header promises more data than the file holds. Usually a download or a copy was cut short: fetch the file again.\n"},
    {errors::badHeader, "a header makes no sense",
     "The header of the file could not be understood at the byte named: the file is damaged, or was written by a program that does\n"
     "not follow the format.\n"},
    {errors::badSize, "a size is impossible",
     "An extent is negative, or the product of the extents is more than memory can address, or more than a file of this length can\n"
     "unpack to. Nothing was allocated.\n"},
    {errors::unsupported, "a feature of the format is not supported",
     "The file is valid, but uses something that is not read here: an element type without a counterpart (complex numbers, Python\n"
     "objects, structures), or an encrypted or unusually compressed archive entry.\n"},
    {errors::trailingBytes, "bytes are left over after the data",
     "The file holds more than its header says. To be safe it is refused: often the extents are wrong, or two files were joined.\n"},
    {errors::corruptStream, "compressed data are damaged",
     "The compressed stream breaks off or its checksum does not match. Fetch or write the file again.\n"},
    {errors::noSuchEntry, "no entry of that name",
     "The archive, table or checkpoint holds no entry with the name asked for; the message lists those it has.\n"},
    {errors::valueOutOfRange, "a value does not fit the declared type",
     "Data are converted to the type the model declares, and every value is checked: a fraction does not become an integer, 300 does\n"
     "not become a u8, 1e300 does not become an f32. Declare a wider type, or correct the data.\n"},
    {errors::shapeMismatch, "data and declaration differ in shape",
     "The shape of the data is not the shape the model declares. The rows of a column may be reshaped (28×28 images as 784 numbers),\n"
     "but must have as many elements as declared.\n"},
    {errors::badCsv, "a table cannot be read",
     "A row of the csv file has more or fewer fields than the first, a quote is not closed, or a field is not a number. The line is\n"
     "named. Select numeric columns by name or position if the table also holds text.\n"},
    {errors::badCheckpoint, "a checkpoint is not valid",
     "The safetensors file contradicts itself: tensors overlap or leave holes, a size does not match its shape and type, a name\n"
     "occurs twice. It is refused as a whole. Checkpoints are replaced atomically, so an older copy elsewhere is your way back.\n"},
    {errors::missingState, "a checkpoint lacks something",
     "The checkpoint is valid but does not hold what is needed here: a tensor of the model, its shape or type, or an entry of its\n"
     "metadata. It was probably written for another version of the model.\n"},
    {errors::cannotWrite, "a file cannot be written",
     "The system refused to create or write the file; its reason is in the message. A file that existed before is unchanged.\n"},
    {errors::outOfMemory, "memory is out", "The data are valid, but there is no memory for them. Their size is in the message.\n"},
    {errors::rowsDiffer, "columns have different numbers of rows",
     "All columns of a data set must have the same number of rows: the i-th image belongs to the i-th label.\n"},
};

std::span<const ErrorPage> errorPages() { return pages; }

} // namespace fluxion::runtime
