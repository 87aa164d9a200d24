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
  expectRoundTrip(p.program.file->text);
}
TEST(Declaration, ReadsImportsAndConstants) {
  Parsed p("import \"layers.flx\"\nconst tau: f64 = 2 * pi");
  ASSERT_FALSE(p.sink.hasErrors()) << p.errors();
  EXPECT_EQ(as<ImportDecl>(p.program.declarations[0])->path, "layers.flx");
  EXPECT_EQ(as<ConstDecl>(p.program.declarations[1])->name.text, "tau");
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
