// Doc comments to Markdown; see Reference.h. Comments are plain text with `code` between backticks: what Markdown would
// take for emphasis or markup is escaped, since formulas are full of stars and underscores.
#include "frontend/Syntax/Reference.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

namespace {

std::vector<const Decl *> shown(const Program &file) {
  std::vector<const Decl *> all, exported;
  for (const DeclPtr &decl : file.declarations) {
    if (decl->kind == DeclKind::Import || decl->name.text.empty()) continue;
    all.push_back(decl.get());
    if (decl->exported) exported.push_back(decl.get());
  }
  return exported.empty() ? all : exported;
}

std::string textBetween(const SourceFile &file, uint32_t begin, uint32_t end) {
  end = std::min<uint32_t>(end, uint32_t(file.text.size()));
  std::string text = begin < end ? file.text.substr(begin, end - begin) : "";
  size_t last = text.find_last_not_of(" \t\r\n={");
  return text.substr(0, last == std::string::npos ? 0 : last + 1);
}

// As written, up to the body of what has one; `export` is left out.
std::string signature(const Decl &decl) {
  const SourceFile &file = *decl.range.file;
  uint32_t begin = decl.range.begin, end = decl.range.end;
  if (decl.exported) begin = uint32_t(file.text.find_first_not_of(" \t\r\n", begin + 6)); // after the word
  if (auto *function = as<FunctionDecl>(&decl); function && function->hasParameters && function->body)
    return textBetween(file, begin, function->body->range.begin);
  if (as<OptimizerDecl>(&decl))
    return textBetween(file, begin, uint32_t(file.text.find('{', decl.name.range.end)));
  if (as<TrainDecl>(&decl)) return textBetween(file, begin, decl.name.range.end);
  std::string whole = file.text.substr(begin, end - begin);
  whole.erase(whole.find_last_not_of(" \t\r\n") + 1);
  return whole;
}

std::string indented(const std::string &text) {
  std::string out;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    out += (line.empty() ? "" : "    " + line) + "\n";
    at = end + 1;
  }
  return out;
}

// Outside of backticks stars, underscores, angles and bars stand for themselves.
std::string prose(const std::string &text) {
  std::string out;
  bool code = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '`') code = !code && text.find('`', i + 1) != std::string::npos;
    if (!code && (c == '*' || c == '_' || c == '<' || c == '\\' || c == '#' || c == '|')) out += '\\';
    out += c;
  }
  return out;
}

// The comment the file begins with: `// …` lines, as long as nothing else stands between.
std::string opening(const SourceFile &file) {
  std::string out;
  for (size_t at = 0; at < file.text.size();) {
    size_t end = std::min(file.text.find('\n', at), file.text.size());
    std::string line = file.text.substr(at, end - at);
    at = end + 1;
    if (line.rfind("//", 0) != 0 || line.rfind("///", 0) == 0) break;
    line.erase(0, line.rfind("// ", 0) == 0 ? 3 : 2);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

// "std/optim/adam.flx" -> "optim/adam"
std::string sectionName(const std::string &path) {
  std::string name = path.rfind("std/", 0) == 0 ? path.substr(4) : path;
  return name.size() > 4 && name.compare(name.size() - 4, 4, ".flx") == 0 ? name.substr(0, name.size() - 4) : name;
}

// As GitHub makes it of a heading: letters, digits, `-` and `_`, small.
std::string anchor(const std::string &heading) {
  std::string out;
  for (char c : heading)
    if (c == ' ') out += '-';
    else if (c == '-' || c == '_' || uint8_t(c) >= 0x80 || isalnum(uint8_t(c))) out += char(tolower(uint8_t(c)));
  return out;
}

void entry(std::string &out, const Decl &decl, const ReferenceOptions &options) {
  const SourceFile &file = *decl.range.file;
  std::string line = std::to_string(lineColumn(file, decl.name.range.begin).line);
  out += "\n### " + decl.name.text + "\n\n" + indented(signature(decl)) + "\n";
  if (!decl.doc.empty()) out += prose(decl.doc) + "\n";
  if (auto *structure = as<StructDecl>(&decl)) {
    std::string fields;
    for (const FieldDecl &field : structure->fields)
      if (!field.doc.empty()) fields += "- `" + field.name.text + "`: " + prose(field.doc) + "\n";
    if (!fields.empty()) out += "\n" + fields + "\n"; // the list ends before what follows
  }
  if (auto *rule = as<OptimizerDecl>(&decl); rule && !rule->state.empty()) {
    out += "State: ";
    for (const OptimizerDecl::Slot &slot : rule->state)
      out += (&slot == &rule->state[0] ? "`" : ", `") + slot.name.text + "`";
    out += ".\n";
  }
  out += "[" + file.path + ":" + line + "](" + options.links + file.path + "#L" + line + ")\n";
}

} // namespace

std::string referencePage(const std::vector<const Program *> &files, const ReferenceOptions &options) {
  std::string contents, sections;
  for (const Program *file : files) {
    std::vector<const Decl *> declarations = shown(*file);
    if (declarations.empty()) continue;
    std::string heading = sectionName(file->file->path), first = opening(*file->file);
    contents += "- [" + heading + "](#" + anchor(heading) + "):";
    sections += "\n## " + heading + "\n";
    if (!first.empty()) sections += "\n" + prose(first) + "\n";
    for (const Decl *decl : declarations) {
      contents += (decl == declarations[0] ? " [" : ", [") + decl->name.text + "](#" + anchor(decl->name.text) + ")";
      entry(sections, *decl, options);
    }
    contents += "\n";
  }
  std::string out = "# " + options.title + "\n\n";
  if (!options.introduction.empty()) out += options.introduction + "\n\n";
  return out + contents + sections;
}

std::vector<std::string> undocumented(const Program &file) {
  std::vector<std::string> names;
  for (const Decl *decl : shown(file))
    if (decl->doc.empty() && decl->kind != DeclKind::Train)
      names.push_back(file.file->path + ":" + std::to_string(lineColumn(*file.file, decl->name.range.begin).line) +
                      ": " + decl->name.text);
  return names;
}

} // namespace fluxion
