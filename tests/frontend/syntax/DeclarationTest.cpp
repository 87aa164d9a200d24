#include "SyntaxTesting.h"
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fluxion {
using namespace testing;
using namespace ast;

static void expectRoundTrip(const std::string &text) {
  Parsed first(text);
  EXPECT_FALSE(first.sink.hasErrors()) << first.errors();
  std::string once = print(first.program);
  Parsed second(once);
  EXPECT_FALSE(second.sink.hasErrors()) << second.errors();
  EXPECT_EQ(print(second.program), once);
}

TEST(Declaration, ReadsFunctions) {
  Parsed p("/// Doc.\nexport fn relu[T: float](x: T[..S], slope: T = 0.01) -> T[..S] = where(x > 0, x, slope * x)\n"
           "fn step = value_and_grad(loss, wrt = (w, b))");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *relu = as<FunctionDecl>(p.program.declarations[0]);
  ASSERT_TRUE(relu);
  EXPECT_EQ(relu->doc, "Doc.");
  EXPECT_TRUE(relu->exported);
  EXPECT_EQ(relu->typeParameters[0].bound.text, "float");
  EXPECT_EQ(relu->parameters[0].type->shape[0].rest.text, "S");
  EXPECT_EQ(print(*relu->parameters[1].defaultValue), "0.01");
  auto *step = as<FunctionDecl>(p.program.declarations[1]);
  ASSERT_TRUE(step);
  EXPECT_FALSE(step->hasParameters);
}
TEST(Declaration, ReadsTypes) {
  Parsed p("fn f(a: f32, b: f32[], c: f32[4*b, d*(d-1)/2, ..], d: (f32, Mlp), e: [L]Block, g: fn(f32[N], T) -> f32) -> "
           "(f32, f32) = a");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *f = as<FunctionDecl>(p.program.declarations[0]);
  EXPECT_FALSE(f->parameters[0].type->hasShape);
  EXPECT_TRUE(f->parameters[1].type->hasShape);
  EXPECT_EQ(print(*f->parameters[2].type), "f32[4 * b, d * (d - 1) / 2, ..]");
  EXPECT_EQ(print(*f->parameters[4].type), "[L]Block");
  EXPECT_EQ(print(*f->parameters[5].type), "fn(f32[N], T) -> f32");
}
TEST(Declaration, ReadsStructs) {
  Parsed p("struct Mlp { W1: f32[784,256] ~ he_normal, b1: f32[256] ~ normal(std = 0.02)\n /// last\n c: f32 }");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *s = as<StructDecl>(p.program.declarations[0]);
  ASSERT_EQ(s->fields.size(), 3u);
  EXPECT_EQ(print(*s->fields[1].initializer), "normal(std = 0.02)");
  EXPECT_EQ(s->fields[2].doc, "last");
  EXPECT_FALSE(s->fields[2].initializer);
}
TEST(Declaration, ReadsTrainAsInTheDesign) {
  Parsed p(R"(train fashion {
  data  (x: f32[B,784], y: i32[B]) = idx("train-images.gz", "train-labels.gz") batch 128 shuffle   // also npz, csv
  test  (x, y) = idx("t10k-images.gz", "t10k-labels.gz")
  model p: Mlp
  loss  = cross_entropy(logits(p, x / 255), y)
  eval  accuracy(logits(p, x / 255), y)
  optimizer adamw(lr = cosine(1e-3, warmup = 200), weight_decay = 1e-2), clip global_norm 1.0
  epochs 12  seed 7
})");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *t = as<TrainDecl>(p.program.declarations[0]);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->data->reader.text, "idx");
  EXPECT_EQ(t->data->columns[1].name.text, "y");
  EXPECT_TRUE(t->data->shuffle);
  EXPECT_EQ(print(*t->data->batch), "128");
  EXPECT_EQ(as<String>(t->test->arguments[1].value)->value, "t10k-labels.gz");
  EXPECT_FALSE(t->test->columns[0].type);
  EXPECT_EQ(t->clips.at(0).mode.text, "global_norm");
  EXPECT_EQ(print(*t->optimizer), "adamw(lr = cosine(1e-3, warmup = 200), weight_decay = 1e-2)");
  EXPECT_EQ(print(*t->seed), "7");
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsOptimizers) {
  Parsed p("optimizer momentum(beta = 0.9) {\n state m = zeros_like(p)\n update {\n let m1 = beta * m + g\n (p - rate "
           "* m1, m1)\n }\n}");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *o = as<OptimizerDecl>(p.program.declarations[0]);
  EXPECT_EQ(o->state.at(0).name.text, "m");
  EXPECT_TRUE(as<Block>(o->update));
  EXPECT_FALSE(o->tree);
  expectRoundTrip(p.program.file->text);

  Parsed whole("optimizer sam(rho = 0.05) tree {\n update { p }\n}");
  ASSERT_FALSE(whole.sink.hasErrors()) << whole.errors();
  EXPECT_TRUE(as<OptimizerDecl>(whole.program.declarations[0])->tree);
  expectRoundTrip(whole.program.file->text);
}
TEST(Declaration, ReadsImportsAndConstants) {
  Parsed p("import \"layers.flx\"\nconst tau: f64 = 2 * pi\nimport \"nets/layers.flx\" as nn\nfn as(as: f32) = as");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  EXPECT_EQ(as<ImportDecl>(p.program.declarations[0])->path, "layers.flx");
  EXPECT_FALSE(as<ImportDecl>(p.program.declarations[0])->alias);
  EXPECT_EQ(as<ConstDecl>(p.program.declarations[1])->name.text, "tau");
  EXPECT_EQ(as<ImportDecl>(p.program.declarations[2])->alias.text, "nn");
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsExportsOfEveryKind) {
  Parsed p("export fn f(x: f32) = x\nexport struct S { a: f32 }\nexport const c = 1\nexport import \"m.flx\"\n"
           "export optimizer o() { update { p } }\nexport train t { epochs 2 }\nfn g(x: f32) = x");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  ASSERT_EQ(p.program.declarations.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(p.program.declarations[i]->exported, i < 6);
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsNamesOfModules) {
  Parsed p("struct Net { a: nn.Mlp, b: f32[4] ~ nn.he_normal, c: [3]nn.blocks.Block, d: nn.Lin[f32, 784, H] }\n"
           "fn f(p: nn.Mlp, q: fn(nn.A) -> nn.B) -> (nn.Mlp, nn.Lin[f32, 4]) = (nn.Mlp(W = p.W), q)\n"
           "train t { model p: nn.Mlp\n optimizer nn.lion(lr = nn.cosine(1e-3)), clip value 1 }");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *s = as<StructDecl>(p.program.declarations[0]);
  EXPECT_EQ(s->fields[0].type->name.text, "nn.Mlp");
  const SourceRange &name = s->fields[2].type->elements[0]->name.range;
  EXPECT_EQ(p.program.file->text.substr(name.begin, name.end - name.begin), "nn.blocks.Block");
  EXPECT_EQ(print(*s->fields[3].type), "nn.Lin[f32, 784, H]");
  EXPECT_EQ(print(*as<TrainDecl>(p.program.declarations[2])->optimizer), "nn.lion(lr = nn.cosine(1e-3))");
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsPolymorphicStructs) {
  Parsed p("struct Lin[T: float] { W: T[I, O] ~ he_normal, b: T[O] }\nfn f(p: Lin[f32, 784, H]) = p.W");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  EXPECT_EQ(as<StructDecl>(p.program.declarations[0])->typeParameters.at(0).bound.text, "float");
  EXPECT_EQ(print(*as<FunctionDecl>(p.program.declarations[1])->parameters[0].type), "Lin[f32, 784, H]");
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsDynamicDimensions) {
  Parsed p("fn f(x: f32[dynamic N, D], dynamic: f32[dynamic], y: f32[dynamic, 2 * dynamic]) = x");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  auto *f = as<FunctionDecl>(p.program.declarations[0]);
  EXPECT_TRUE(f->parameters[0].type->shape[0].isDynamic);
  EXPECT_FALSE(f->parameters[0].type->shape[1].isDynamic);
  EXPECT_FALSE(f->parameters[1].type->shape[0].isDynamic);
  expectRoundTrip(p.program.file->text);
  Parsed sum("fn f(x: f32[dynamic N + 1]) = x");
  EXPECT_EQ(summary(sum.sink), "E0105 1:21");
}
TEST(Declaration, ReadsTheProgramsOfTheDesign) {
  expectRoundTrip(R"(// logreg.flx
fn loss(w: f32[D], b: f32, X: f32[N,D], y: f32[N], lam: f32) -> f32 {
  let z = X @ w + b
  mean(softplus(z) - y * z) + 0.5 * lam * dot(w, w)
}
fn step  = value_and_grad(loss, wrt = (w, b))
fn curve = hvp(loss, wrt = w)                          // (…, v) -> gradient and H·v
fn G(A: f64[M,K], B: f64[K,N]) -> f64[M,N] { let C[i,j] = sum[k](A[i,k] * B[k,j])  C }   // index notation
fn att(q: f32[H,T,E], k: f32[H,S,E], v: f32[H,S,E]) -> f32[H,T,E] {
  let p = softmax(einsum("hte,hse->hts", q, k) / sqrt(E))
  einsum("hts,hse->hte", p, v)
}
fn rnn(p: Cell, xs: f32[T,B,I], h0: f32[B,H]) -> f32[T,B,H] {
  let (_, hs) = scan(x in xs, h = h0) { let h1 = tanh(x @ p.U + h @ p.W + p.b); (h1, h1) }
  hs
}
struct Mlp { W1: f32[784,256] ~ he_normal, b1: f32[256] ~ zeros, W2: f32[256,10] ~ he_normal, b2: f32[10] ~ zeros }
)");
}

TEST(StandardLibrary, IsEmbeddedAndParses) {
  const auto &files = standardLibrary();
  ASSERT_GE(files.size(), 10u);
  for (const auto &file : files) {
    DiagnosticSink sink;
    Program program = parse(file, sink);
    EXPECT_FALSE(sink.hasErrors()) << render(sink);
    for (const DeclPtr &d : program.declarations) EXPECT_FALSE(d->doc.empty()) << file->path << ": " << d->name.text;
    expectRoundTrip(file->text);
  }
}
TEST(StandardLibrary, IsWhatStandsInTheTree) {
  namespace fs = std::filesystem;
  size_t found = 0;
  for (const auto &entry : fs::recursive_directory_iterator(FLUXION_SOURCE_DIR "/frontend/std")) {
    if (entry.path().extension() != ".flx") continue;
    std::string name = "std/" + fs::relative(entry.path(), FLUXION_SOURCE_DIR "/frontend/std").generic_string();
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    for (const auto &file : standardLibrary())
      if (file->path == name) {
        ++found;
        EXPECT_EQ(file->text, text.str());
      }
  }
  EXPECT_EQ(found, standardLibrary().size());
}

} // namespace fluxion
