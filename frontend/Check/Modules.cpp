// From the imports of a file to the files they name: search, cycles, and the tables of names; see Modules.h.
#include "frontend/Check/Modules.h"
#include "frontend/Check/Rests.h"
#include "frontend/Syntax/Parser.h"
#include <algorithm>
#include <optional>

namespace fluxion::check {

static constexpr size_t mostFiles = 1000;
static constexpr unsigned deepest = 200; // imports of imports: bounds the stack

static std::string quoted(const std::string &text) { return "`" + text + "`"; }
static std::string withoutEnding(const std::string &path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, ".flx") == 0 ? path.substr(0, path.size() - 4) : path;
}

//===--- Reading -------------------------------------------------------------------------------------------------===//

class ModuleReader {
public:
  ModuleReader(SourceTree &tree, const SourceOptions &options, DiagnosticSink &sink)
      : tree(tree), options(options), loader(options.loader ? *options.loader : diskLoader()), sink(sink) {}

  void readRoot(std::string path, std::string text) {
    auto unit = std::make_unique<Unit>();
    unit->identity = loader.identify(path);
    parseInto(*unit, std::move(path), std::move(text));
    follow(std::move(unit));
  }

private:
  SourceTree &tree;
  const SourceOptions &options;
  FileLoader &loader;
  DiagnosticSink &sink;
  std::unordered_map<std::string, Unit *> byIdentity; // those being read, too
  size_t files = 0;

  struct Place { std::string path, identity; };
  std::optional<Place> find(const Unit &unit, const ast::ImportDecl &decl);
  Unit *target(Unit &unit, const ast::ImportDecl &decl);
  void parseInto(Unit &unit, std::string path, std::string text);
  Unit *follow(std::unique_ptr<Unit> unit);
  void missing(const Unit &unit, const ast::ImportDecl &decl, const std::vector<std::string> &tried);
  void cycle(const Unit &unit, const ast::ImportDecl &decl, const Unit &closes);
  void declare(Unit &unit);
  void bring(Unit &unit, size_t index);
  void clash(const Unit &unit, const std::string &name, size_t index, const ast::Decl &other);
};

void ModuleReader::parseInto(Unit &unit, std::string path, std::string text) {
  ++files;
  auto file = std::make_shared<SourceFile>(SourceFile{std::move(path), std::move(text)});
  unit.program = parse(std::move(file), sink);
  nameRests(unit.program, sink);
  if (!unit.identity.empty()) byIdentity.emplace(unit.identity, &unit);
  tree.byFile.emplace(unit.program.file.get(), &unit);
}

// Its imports first, so that units stand in the order of what needs what.
Unit *ModuleReader::follow(std::unique_ptr<Unit> unit) {
  unit->open = true;
  for (const ast::DeclPtr &decl : unit->program.declarations)
    if (auto *import = ast::as<ast::ImportDecl>(decl); import && !import->broken && !sink.full()) {
      Import made{import, target(*unit, *import), import->exported};
      unit->incomplete |= !made.target && !import->alias;
      unit->imports.push_back(made);
    }
  unit->open = false;
  declare(*unit);
  tree.units.push_back(std::move(unit));
  return tree.units.back().get();
}

// The importing file's folder, then the search path; the first that is there.
std::optional<ModuleReader::Place> ModuleReader::find(const Unit &unit, const ast::ImportDecl &decl) {
  std::vector<std::string> folders = {folderOf(unit.program.file->path)}, tried;
  if (decl.path.substr(0, 1) != "/")
    folders.insert(folders.end(), options.searchPath.begin(), options.searchPath.end());
  for (const std::string &folder : folders) {
    std::string path = joinedPath(folder, decl.path);
    std::string identity = decl.path.empty() ? "" : loader.identify(path);
    if (!identity.empty()) return Place{std::move(path), std::move(identity)};
    tried.push_back(folder.empty() ? "." : folder);
  }
  missing(unit, decl, tried);
  return std::nullopt;
}

void ModuleReader::missing(const Unit &unit, const ast::ImportDecl &decl, const std::vector<std::string> &tried) {
  const SourceRange &at = decl.pathRange; // as written: escapes would break the line
  std::string written = at.file->text.substr(at.begin + 1, at.end > at.begin + 2 ? at.end - at.begin - 2 : 0);
  Diagnostic &d = sink.error("E0620", at, "there is no file " + quoted(written));
  std::string folders, within = folderOf(decl.path), best;
  std::vector<std::string> candidates;
  for (const std::string &folder : tried) {
    folders += (folders.empty() ? "" : ", ") + folder;
    std::string from = joinedPath(folder == "." ? "" : folder, within);
    for (const std::string &name : loader.list(from))
      if (normalPath(joinedPath(from, name)) != normalPath(unit.program.file->path))
        candidates.push_back(joinedPath(within, withoutEnding(name)));
  }
  d.note("looked for it in " + folders);
  std::sort(candidates.begin(), candidates.end());
  std::string stem = withoutEnding(decl.path);
  if (std::find(candidates.begin(), candidates.end(), stem) != candidates.end()) best = stem;
  else if (auto found = nearestName(stem, candidates)) best = *found;
  if (!best.empty()) d.help("did you mean `\"" + best + ".flx\"`?");
  else if (decl.path.substr(0, 1) != "/") d.help("folders to look in are added with `-I DIR`, or in FLUXION_PATH");
}

void ModuleReader::cycle(const Unit &unit, const ast::ImportDecl &decl, const Unit &closes) {
  if (&unit == &closes) {
    sink.error("E0622", decl.pathRange, "a file cannot import itself").help("take the import away: its names are in scope");
    return;
  }
  std::vector<const Unit *> chain; // from the file that is imported again down to this one
  for (const Unit *at = &unit; at != &closes; at = at->importer) chain.push_back(at);
  Diagnostic &d = sink.error("E0622", decl.pathRange, quoted(closes.program.file->path) + " imports this file: a cycle");
  for (size_t i = chain.size(); i-- > 0;)
    d.note(chain[i]->importedAt, quoted(chain[i]->importer->program.file->path) + " imports " +
                                     quoted(chain[i]->program.file->path));
  d.help("move what both need into a third file");
}

// The unit an import leads to, read now unless it was before; null after an error.
Unit *ModuleReader::target(Unit &unit, const ast::ImportDecl &decl) {
  auto place = find(unit, decl);
  if (!place) return nullptr;
  if (auto known = byIdentity.find(place->identity); known != byIdentity.end()) {
    if (!known->second->open) return known->second;
    cycle(unit, decl, *known->second);
    return nullptr;
  }
  if (files >= mostFiles || unit.depth >= deepest) {
    sink.error("E0625", decl.pathRange,
               files >= mostFiles ? "the program has more than " + std::to_string(mostFiles) + " files"
                                  : "imports are nested more than " + std::to_string(deepest) + " deep");
    return nullptr;
  }
  FileLoader::Answer answer = loader.read(place->path, false);
  if (answer.outcome == FileLoader::Outcome::TooLarge) {
    sink.error("E0624", decl.pathRange, quoted(place->path) + " is larger than 64 MiB")
        .help("a source is written by hand; data are read by `train` or given as arguments");
    return nullptr;
  }
  if (answer.outcome != FileLoader::Outcome::Read) {
    sink.error("E0621", decl.pathRange, quoted(place->path) + " cannot be read: " + answer.why);
    return nullptr;
  }
  auto made = std::make_unique<Unit>();
  made->identity = std::move(place->identity);
  made->importer = &unit;
  made->importedAt = decl.pathRange;
  made->depth = unit.depth + 1;
  parseInto(*made, std::move(place->path), std::move(answer.text));
  return follow(std::move(made));
}

//===--- Tables --------------------------------------------------------------------------------------------------===//

void ModuleReader::declare(Unit &unit) {
  for (const ast::DeclPtr &decl : unit.program.declarations) {
    if (decl->kind == ast::DeclKind::Import || decl->name.text.empty()) continue;
    auto [known, fresh] = unit.own.emplace(decl->name.text, decl.get());
    if (!fresh)
      sink.error("E0202", decl->name.range, quoted(decl->name.text) + " is declared twice")
          .note(known->second->name.range, "first declared here");
    else if (decl->exported) unit.exported.emplace(decl->name.text, decl.get());
  }
  for (size_t i = 0; i < unit.imports.size(); ++i) bring(unit, i);
}

bool Unit::exportsAnything() const {
  return !exported.empty() ||
         std::any_of(imports.begin(), imports.end(), [](const Import &i) { return i.decl->exported; });
}

// The names of one import, or its alias.
void ModuleReader::bring(Unit &unit, size_t index) {
  const Import &import = unit.imports[index];
  const ast::Identifier &alias = import.decl->alias;
  if (import.target && !import.target->exportsAnything() && !import.target->incomplete) {
    Diagnostic &d = sink.error("E0626", import.decl->pathRange,
                               quoted(import.target->program.file->path) + " exports nothing");
    d.help("write `export` before what is meant for other files, as in `export fn …`");
  }
  if (alias) {
    auto own = unit.own.find(alias.text);
    auto other = unit.aliases.find(alias.text);
    if (own != unit.own.end() || other != unit.aliases.end())
      sink.error("E0202", alias.range, quoted(alias.text) + " is declared twice")
          .note(own != unit.own.end() ? own->second->name.range : unit.imports[other->second].decl->alias.range,
                "first declared here");
    else unit.aliases.emplace(alias.text, index);
    return;
  }
  if (!import.target) return;
  std::vector<const ast::Decl *> brought;
  for (const auto &[name, decl] : import.target->exported) brought.push_back(decl);
  std::sort(brought.begin(), brought.end(), [](const ast::Decl *a, const ast::Decl *b) {
    return a->name.range.begin != b->name.range.begin ? a->name.range.begin < b->name.range.begin
                                                      : a->name.text < b->name.text;
  }); // of several clashes the first declared is told, on every run
  for (const ast::Decl *decl : brought) {
    const std::string &name = decl->name.text;
    if (auto own = unit.own.find(name); own != unit.own.end()) return clash(unit, name, index, *own->second);
    auto [known, fresh] = unit.imported.emplace(name, Unit::Foreign{decl, index});
    if (!fresh && known->second.decl != decl) return clash(unit, name, index, *known->second.decl);
    if (import.decl->exported) unit.exported.emplace(name, decl);
  }
}

void ModuleReader::clash(const Unit &unit, const std::string &name, size_t index, const ast::Decl &other) {
  const Import &import = unit.imports[index];
  const ast::Decl &brought = *import.target->exported.at(name);
  bool own = unit.own.count(name) != 0;
  Diagnostic &d = sink.error("E0623", import.decl->pathRange,
                             own ? quoted(name) + " is declared in this file and exported by " +
                                       quoted(import.target->program.file->path)
                                 : quoted(name) + " comes from two imports");
  d.note(other.name.range, own ? "declared here" : "one is declared here");
  d.note(brought.name.range, own ? "and exported here" : "the other here");
  d.help("import under a name, as in `import \"" + import.decl->path + "\" as m`, and write `m." + name + "`");
}

//===--- Names ---------------------------------------------------------------------------------------------------===//

const Import *aliased(const Unit &unit, const std::string &name) {
  auto found = unit.aliases.find(name);
  return found == unit.aliases.end() ? nullptr : &unit.imports[found->second];
}

static Found lookUpDotted(const Unit &unit, const std::string &name, size_t dot) {
  const Import *import = aliased(unit, name.substr(0, dot));
  if (!import) return {};
  import->used = true;
  Found found;
  found.silent = !import->target;
  const Unit *module = found.module = import->target;
  if (!module) return found;
  std::string rest = name.substr(dot + 1);
  if (size_t next = rest.find('.'); next != std::string::npos) {
    const Import *inner = aliased(*module, rest.substr(0, next));
    if (inner && inner->decl->exported) return lookUpDotted(*module, rest, next);
    return found;
  }
  if (auto known = module->exported.find(rest); known != module->exported.end()) found.decl = known->second;
  else if (auto own = module->own.find(rest); own != module->own.end()) found.hidden = own->second;
  else found.silent = module->incomplete;
  return found;
}

Found lookUp(const Unit &unit, const std::string &name) {
  if (size_t dot = name.find('.'); dot != std::string::npos) return lookUpDotted(unit, name, dot);
  Found found;
  if (auto own = unit.own.find(name); own != unit.own.end()) found.decl = own->second;
  else if (auto brought = unit.imported.find(name); brought != unit.imported.end()) {
    found.decl = brought->second.decl;
    unit.imports[brought->second.import].used = true;
  } else {
    found.silent = unit.incomplete;
    for (const Import &import : unit.imports)
      if (!import.decl->alias && import.target && !found.hidden)
        if (auto other = import.target->own.find(name); other != import.target->own.end()) found.hidden = other->second;
  }
  return found;
}

std::string dottedName(const ast::Expr &expr) {
  auto *field = ast::as<ast::Field>(expr);
  if (!field) return "";
  if (auto *name = ast::as<ast::Name>(field->base)) return name->name + "." + field->field.text;
  std::string base = dottedName(*field->base);
  return base.empty() ? "" : base + "." + field->field.text;
}

//===--- The tree ------------------------------------------------------------------------------------------------===//

SourceTree::SourceTree(std::string path, std::string text, const SourceOptions &options, DiagnosticSink &sink) {
  ModuleReader(*this, options, sink).readRoot(std::move(path), std::move(text));
}

const Unit *SourceTree::unitOf(const SourceFile *file) const {
  auto found = byFile.find(file);
  return found == byFile.end() ? nullptr : found->second;
}

void noteImports(const SourceTree &tree, DiagnosticSink &sink, size_t first) {
  sink.amendFrom(first, [&](Diagnostic &d) {
    const Unit *unit = d.where.caller ? nullptr : tree.unitOf(d.where.range.file.get());
    for (; unit && unit->importer; unit = unit->importer)
      d.note(unit->importedAt, quoted(unit->program.file->path) + " is imported here");
  });
}

} // namespace fluxion::check
